"""What a ledger is held against, kept outside the data folder: its key, its length, its end, used approvals.

A data folder's anchor has the name that stands in the folder's ``ledger_id``, made on the first use, and
remembers the folder's path. So a folder that is moved keeps its anchor; a copy beside the original is told
from it and refused, because two ledgers would grow from one; and a path that had a ledger and has none any
more is noticed. The key and all else in here are as safe as the user's own files, and no safer.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, ValidationError

from vortex_tui import paths
from vortex_tui.escape import one_line
from vortex_tui.promotion import durable
from vortex_tui.promotion.chain import Known
from vortex_tui.promotion.line import GENESIS
from vortex_tui.promotion.report import PromotionError
from vortex_tui.promotion.seal import Sealed

ID_FILE = "ledger_id"
_STATE, _KEY = "anchor.json", "key"
_KIND = "anchor"
_ANEW = "vortex-tui ledger --begin-anew keeps the old one aside and begins another"


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

    def placed(self, data_dir: Path | None) -> Anchor:
        """Belong to the folder at that path; None: to none any more. Raises StorageError."""
        place = path_of(data_dir) if data_dir else ""
        return self if place == self.state.data_folder else self._saved({"data_folder": place})

    def _saved(self, changes: dict[str, object]) -> Anchor:
        state = self.state.model_copy(update=changes).sealed(_KIND, self.key)
        durable.write(self.folder / _STATE, state.compact() + b"\n")
        return replace(self, state=state)


def home() -> Path:
    """The folder of all anchors."""
    return paths.user_data() / "anchors"


def path_of(data_dir: Path) -> str:
    """A data folder's path as an anchor remembers it."""
    return os.path.normcase(data_dir.resolve())


def read_id(data_dir: Path) -> str | None:
    """The data folder's own name; None where it has none. Raises LedgerError for one that is none of ours."""
    file = data_dir / ID_FILE
    if not file.exists():
        return None
    with durable.told(file):
        raw = file.read_bytes()[:64]
    id = raw.decode("ascii", "replace").strip()
    if len(id) == 32 and set(id) <= set("0123456789abcdef"):
        return id
    raise LedgerError(
        f"{one_line(str(file))} is damaged", found=one_line(id), expected="32 hex digits", mend=_ANEW
    )


def find(data_dir: Path) -> Anchor | None:
    """The anchor of a data folder; None where nothing was ever written. Changes nothing.

    Raises LedgerError when the folder had an anchor and has lost it, is a copy, or the anchor is damaged.
    """
    id = read_id(data_dir)
    if id is None:
        return _unnamed(data_dir)
    folder = home() / id
    if not folder.is_dir():
        raise LedgerError(
            "the anchor of this data folder's ledger is not here",
            found=f"no {one_line(str(folder))}",
            expected="the anchor made with the ledger, by this user on this machine",
            mend=f"restore it from a backup, or {_ANEW}",
        )
    anchor = _read(folder)
    _refuse_copy(anchor, data_dir)
    return anchor


def _unnamed(data_dir: Path) -> Anchor | None:
    """A folder without a name: the first use, one that was killed half-way, or one whose past is gone."""
    for anchor in of_path(data_dir):
        if anchor.state.count == 0:
            return anchor
        raise LedgerError(
            "the ledger of this data folder is gone",
            found=f"no {ID_FILE}, and an anchor that knows {anchor.state.count} lines",
            expected="the data folder as it was left",
            mend=f"restore it from a backup; if you emptied it yourself: {_ANEW}",
        )
    return None


def of_path(data_dir: Path) -> Iterator[Anchor]:
    """The anchors that belong to the folder at this path."""
    place = path_of(data_dir)
    for file in sorted(home().glob(f"*/{_STATE}")):
        # Looked for in the bytes first: a damaged anchor of another folder is none of this one's business.
        named = json.dumps(place).encode("ascii") in file.read_bytes()
        if named and (anchor := _read(file.parent)).state.data_folder == place:
            yield anchor


def _refuse_copy(anchor: Anchor, data_dir: Path) -> None:
    known = anchor.state.data_folder
    if known in ("", path_of(data_dir)) or read_id(Path(known)) != anchor.id:
        return  # moved: nobody is left where it was
    raise LedgerError(
        "this data folder is a copy, and its ledger belongs to the original",
        found=f"the same {ID_FILE} in {one_line(known)}",
        expected="one data folder a ledger",
        mend=f"promote there; to promote here as well: {_ANEW}",
    )


def make(data_dir: Path) -> Anchor:
    """A new anchor for a data folder that has none. Raises StorageError."""
    id, key = secrets.token_hex(16), secrets.token_bytes(32)
    folder = home() / id
    with durable.told(folder):
        folder.mkdir(mode=0o700, parents=True)
        _write_key(folder / _KEY, key)
        durable.sync_folder(folder)
    state = State(id=id, data_folder=path_of(data_dir))
    return name(Anchor(folder, key, state)._saved({}), data_dir)


def name(anchor: Anchor, data_dir: Path) -> Anchor:
    """Write the anchor's id into its data folder; last of all, so that a name never leads nowhere."""
    durable.write(data_dir / ID_FILE, f"{anchor.id}\n".encode())
    return anchor


def _write_key(file: Path, key: bytes) -> None:
    # On Windows the mode says nothing: there the user's own folder is closed to other users as it is.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(key)
        opened.flush()
        os.fsync(opened.fileno())


def _read(folder: Path) -> Anchor:
    """Raises LedgerError for an anchor that is damaged, or whose key others may read."""
    with durable.told(folder):
        key, raw = (folder / _KEY).read_bytes(), (folder / _STATE).read_bytes()
        mode = (folder / _KEY).stat().st_mode
    if sys.platform != "win32" and mode & 0o077:
        raise LedgerError(
            "the ledger's key can be read by others",
            found=f"mode {mode & 0o777:04o} of {one_line(str(folder / _KEY))}",
            expected="mode 0600",
            mend=f"chmod 600 {one_line(str(folder / _KEY))}",
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
        mend=f"restore it from a backup, or {_ANEW}",
    )
