"""What a ledger is held against, kept outside the data folder: its key, its length, its end, used approvals.

The key and all else in here are as safe as the user's own files, and no safer.
"""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, ValidationError

from vortex_tui import atomic, paths
from vortex_tui.escape import one_line
from vortex_tui.promotion import durable
from vortex_tui.promotion.chain import Known
from vortex_tui.promotion.line import GENESIS
from vortex_tui.promotion.report import PromotionError
from vortex_tui.promotion.seal import Sealed

STATE, KEY = "anchor.json", "key"
_KIND = "anchor"
ANEW = "vortex-tui ledger --begin-anew keeps the old one aside and begins another"


class LedgerError(PromotionError):
    """A ledger that cannot be believed or written; nothing is promoted until it is mended."""

    code: ClassVar[str] = "ledger"


class State(Sealed):
    """The anchor's file."""

    schema_version: Literal[1] = Field(1, alias="schema")
    id: str
    data_folder: str
    count: int = Field(0, ge=0)
    head: str = GENESIS
    used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """The anchor of a data folder: a value; what ``save`` returns is the next one."""

    folder: Path
    key: bytes
    state: State

    @property
    def id(self) -> str:
        """The data folder's own name, whatever its path."""
        return self.state.id

    @property
    def known(self) -> Known:
        """What the ledger is held against."""
        return Known(self.state.count, self.state.head, frozenset(self.state.used))

    def advanced(self, count: int, head: str) -> Anchor:
        """Know a ledger of ``count`` lines whose last has the hash ``head``. Raises StorageError."""
        return self._saved({"count": count, "head": head})

    def spent(self, nonce: str) -> Anchor:
        """Know an approval as used. Raises StorageError."""
        return self._saved({"used": (*self.state.used, nonce)})

    def placed(self, place: str) -> Anchor:
        """Belong to the folder at that path; empty: to none any more. Raises StorageError."""
        return self if place == self.state.data_folder else self._saved({"data_folder": place})

    def _saved(self, changes: dict[str, object]) -> Anchor:
        state = self.state.model_copy(update=changes).sealed(_KIND, self.key)
        durable.write(self.folder / STATE, state.compact() + b"\n")
        return replace(self, state=state)


def home() -> Path:
    """The folder of all anchors."""
    return paths.user_data() / "anchors"


def make(place: str) -> Anchor:
    """A new anchor with a new key for the data folder at ``place``. Raises StorageError."""
    id, key = secrets.token_hex(16), secrets.token_bytes(32)
    folder = home() / id
    with durable.told(folder):
        folder.mkdir(mode=0o700, parents=True)
        _write_key(folder / KEY, key)
        made = Anchor(folder, key, State(id=id, data_folder=place))._saved({})
        for above in (folder.parent, folder.parent.parent):
            atomic.sync_folder(above)
    return made


def _write_key(file: Path, key: bytes) -> None:
    # On Windows the mode says nothing: there the user's own folder is closed to other users as it is.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(key)
        opened.flush()
        os.fsync(opened.fileno())


def read(folder: Path) -> Anchor:
    """The anchor in a folder. Raises LedgerError when it is damaged, or others may read its key."""
    with durable.told(folder):
        key, raw = (folder / KEY).read_bytes(), (folder / STATE).read_bytes()
        mode = (folder / KEY).stat().st_mode
    if sys.platform != "win32" and mode & 0o077:
        raise LedgerError(
            "the ledger's key can be read by others",
            found=f"mode {mode & 0o777:04o} of {one_line(str(folder / KEY))}",
            expected="mode 0600",
            mend=f"chmod 600 {one_line(str(folder / KEY))}",
        )
    try:
        state = State.model_validate_json(raw)
    except ValidationError as error:
        raise _damaged(folder, error.errors(include_url=False)[0]["msg"]) from error
    if len(key) != 32 or not state.genuine(_KIND, key) or state.id != folder.name:
        raise _damaged(folder, "it is not sealed with the key beside it")
    return Anchor(folder, key, state)


def _damaged(folder: Path, found: str) -> LedgerError:
    return LedgerError(
        f"the anchor {one_line(str(folder))} is damaged",
        found=one_line(found)[:200],
        expected="the anchor as it was written",
        mend=f"restore it from a backup, or {ANEW}",
    )
