"""The ledger: every decision about an expert, one line each, added under a lock and never changed.

The order of an entry is: its nonce into the anchor, the line onto the disk, the line into the anchor. Killed
between any two, nothing is lost: a spent nonce without a line stays spent, a line that the anchor does not
know is believed once, and half a line is kept aside and said.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from vortex_tui.escape import one_line
from vortex_tui.promotion import belonging, chain, durable
from vortex_tui.promotion.anchor import Anchor, LedgerError
from vortex_tui.promotion.chain import Chain, Fault
from vortex_tui.promotion.line import Entry, Line, line

_PATIENCE_S = 30.0
OnStep = Callable[[str], None]


def nothing(_step: str) -> None:
    """What is done between steps when nobody watches."""


def now() -> datetime.datetime:
    """The time, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def file_of(data_dir: Path) -> Path:
    """Where a data folder keeps its ledger."""
    return data_dir / "logs" / "promotions.jsonl"


class Ledger:
    """The ledger of a data folder. ``on_step`` is called after each step of an entry, with its name."""

    def __init__(self, data_dir: Path, on_step: OnStep = nothing) -> None:
        self._data_dir = data_dir
        self._file = file_of(data_dir)
        self._on_step = on_step

    def append(self, entry: Entry) -> Line:
        """Add a decision. Raises LedgerError when the ledger is broken or busy, StorageError when full.

        A ``promoting`` entry spends its nonce; LedgerError when it is spent already.
        """
        with self._locked():
            known, found = self._settled()
            if entry.event == "promoting" and entry.nonce is not None:
                known = self._spent(known, entry.nonce)
            _, made = self._added(known, found, entry)
            return made

    def settle(self) -> tuple[Anchor | None, Chain]:
        """The whole ledger after mending what a crash left behind. Raises LedgerError when it is broken."""
        with self._locked():
            if not self._file.exists() and belonging.find(self._data_dir) is None:
                return None, Chain()
            return self._settled()

    def examine(self) -> tuple[Anchor | None, Chain]:
        """The ledger as it lies there, its first fault told and nothing changed. Raises LedgerError."""
        if not self._file.exists():  # nothing to lock, and whoever only looks leaves nothing behind
            return self._examined(belonging.find(self._data_dir))
        with self._locked():
            return self._examined(belonging.find(self._data_dir))

    def _examined(self, known: Anchor | None) -> tuple[Anchor | None, Chain]:
        raw = self._raw()
        if known is None:
            return None, Chain(fault=Fault(1, "this ledger has no anchor on this machine") if raw else None)
        return known, chain.examine(raw, known.key, known.known)

    def _settled(self) -> tuple[Anchor, Chain]:
        """Anchor and lines that agree. Under the lock."""
        known, found = self._examined(belonging.find(self._data_dir))
        if found.fault is not None:
            raise broken(self._file, found.fault)
        if known is None:
            return belonging.make(self._data_dir), found
        if belonging.read_id(self._data_dir) is None:
            belonging.name(known, self._data_dir)
        known = known.placed(belonging.path_of(self._data_dir))
        if found.ahead:
            known = known.advanced(len(found.lines), found.head)
        return self._without_torn(known, found) if found.torn else (known, found)

    def _without_torn(self, known: Anchor, found: Chain) -> tuple[Anchor, Chain]:
        """Keep half a line beside the ledger, and a line that says so in its place."""
        digest = hashlib.sha256(found.torn).hexdigest()
        kept = self._file.with_name(f"promotions.torn-{len(found.lines) + 1}-{digest[:8]}")
        durable.write(kept, found.torn)
        self._on_step("torn line kept")
        told = f"{len(found.torn)} bytes of a line that was never finished are kept in {kept.name}"
        made = self._line(known, found, Entry(event="torn_line", reason=f"{told}; SHA-256 {digest}"))
        whole = b"".join(each.compact() + b"\n" for each in (*found.lines, made))
        # The one time that the file is replaced: it never holds half a line and a line after it.
        durable.write(self._file, whole)
        self._on_step("torn line replaced")
        known = known.advanced(made.seq, made.hash)
        return known, Chain((*found.lines, made))

    def _spent(self, known: Anchor, nonce: str) -> Anchor:
        if nonce in known.known.used:
            raise LedgerError("this approval was used already", expected="an approval for one promotion")
        known = known.spent(nonce)
        self._on_step("nonce spent")
        return known

    def _added(self, known: Anchor, found: Chain, entry: Entry) -> tuple[Anchor, Line]:
        made = self._line(known, found, entry)
        durable.append(self._file, made.compact() + b"\n")
        self._on_step(f"{entry.event} written")
        known = known.advanced(made.seq, made.hash)
        self._on_step(f"{entry.event} anchored")
        return known, made

    def _line(self, known: Anchor, found: Chain, entry: Entry) -> Line:
        return line(entry, len(found.lines) + 1, now().isoformat(), found.head, known.key)

    def _raw(self) -> bytes:
        with durable.told(self._file):
            return self._file.read_bytes() if self._file.exists() else b""

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with locked(self._file.with_suffix(".lock")):
            yield


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock file; it is freed with its process. Raises LedgerError when another holds it for long."""
    with durable.told(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file)
        try:
            lock.acquire(timeout=_PATIENCE_S)
        except Timeout as error:
            raise LedgerError(
                "another process is at work on the promotions of this data folder",
                found=f"{one_line(str(file))} was held for {_PATIENCE_S:.0f} s",
                mend="wait until it has finished",
            ) from error
    try:
        yield
    finally:
        lock.release()


def broken(file: Path, fault: Fault) -> LedgerError:
    """What a person is told of a ledger that is not whole."""
    return LedgerError(
        f"the ledger {one_line(str(file))} cannot be believed",
        found=str(fault),
        expected="every line as it was written, and as many as the anchor knows",
        mend="restore it from a backup, or vortex-tui ledger --begin-anew",
    )
