"""Is a ledger whole? Its bytes held against its key and its anchor; arithmetic, no files.

A process can be killed between writing a line and telling the anchor. So one whole line more than the anchor
knows is a crash and is believed by its MAC; everything else that differs is tampering, or damage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from vortex_tui.promotion.line import GENESIS, KIND, Line


@dataclass(frozen=True, slots=True)
class Known:
    """What an anchor knows: how many lines, the hash of the last, the nonces that were used."""

    count: int = 0
    head: str = GENESIS
    used: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """The first line that is broken, from 1, and why."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


@dataclass(frozen=True, slots=True)
class Chain:
    """The lines that are whole, and what is wrong with the rest.

    ``ahead``: the last line is not in the anchor yet. ``torn``: bytes after the last line's end.
    """

    lines: tuple[Line, ...] = ()
    fault: Fault | None = None
    ahead: bool = False
    torn: bytes = b""

    @property
    def head(self) -> str:
        """The hash of the last line."""
        return self.lines[-1].hash if self.lines else GENESIS


def examine(raw: bytes, key: bytes, known: Known) -> Chain:
    """Read a ledger's bytes. The first fault ends the reading: ``lines`` are those before it."""
    whole, _, torn = raw.rpartition(b"\n")
    lines: list[Line] = []
    for fault in _read(whole.split(b"\n") if whole or raw[:1] == b"\n" else [], key, lines):
        return Chain(tuple(lines), fault, torn=torn)
    wrong = _against(lines, known, torn) or _replayed(lines, known)
    return Chain(tuple(lines), wrong, ahead=len(lines) == known.count + 1, torn=torn)


def _read(raws: list[bytes], key: bytes, lines: list[Line]) -> Iterator[Fault]:
    """Fill ``lines`` up to the first that is broken, which is told."""
    head = GENESIS
    for number, raw in enumerate(raws, 1):
        try:
            line = Line.model_validate_json(raw)
        except ValidationError:
            yield Fault(number, "it is not a line of a ledger")
            return
        if why := _wrong(line, raw, number, head, key):
            yield Fault(number, why)
            return
        lines.append(line)
        head = line.hash


def _wrong(line: Line, raw: bytes, number: int, head: str, key: bytes) -> str:
    if line.compact() != raw:
        return "it is not as it was written"
    if not line.genuine(KIND, key):
        return "its MAC is wrong: it was altered, or written without the key"
    if line.seq != number:
        return f"it is number {line.seq}: a line is missing, doubled or in another's place"
    return "" if line.previous == head else "it does not follow the line before it"


def _against(lines: list[Line], known: Known, torn: bytes) -> Fault | None:
    count = len(lines)
    if count < known.count:
        return Fault(count + 1, f"it is missing: the anchor knows {known.count} lines")
    if known.count and lines[known.count - 1].hash != known.head:
        return Fault(known.count, "it is not the line that the anchor knows: the ledger was rewritten")
    if count > known.count + 1 or (count > known.count and torn):
        return Fault(known.count + 2, f"the anchor knows only {known.count} lines, and a crash explains one")
    return None


def _replayed(lines: list[Line], known: Known) -> Fault | None:
    spent: set[str] = set()
    for line in lines:
        if line.event == "promoting" and line.nonce is not None:
            if line.nonce in spent:
                return Fault(line.seq, "its approval had been used before")
            if line.nonce not in known.used:
                return Fault(line.seq, "its approval is not among the used ones that the anchor knows")
            spent.add(line.nonce)
    return None
