"""Is the ledger whole, and are the champions those that it names? Nothing is changed by asking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vortex_tui.errors import StorageError
from vortex_tui.experts import aliases
from vortex_tui.promotion import history
from vortex_tui.promotion.chain import Chain, Fault
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import Line


@dataclass(frozen=True, slots=True)
class Verification:
    """The lines that are whole, the first that is not, and where the champions are others than the ledger's.

    ``notes`` say what a crash left; the next promotion, rollback or removal mends it.
    """

    lines: tuple[Line, ...]
    fault: Fault | None = None
    champions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all can be believed."""
        return self.fault is None and not self.champions

    @property
    def told(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        wrong = [str(self.fault)] if self.fault else []
        return "; ".join([*wrong, *(f"the champion of {each}" for each in self.champions)])


def verify(data_dir: Path) -> Verification:
    """Verify a data folder's ledger. Raises LedgerError when its anchor is missing or damaged."""
    _, chain = Ledger(data_dir).examine()
    if chain.fault is not None:
        return Verification(chain.lines, chain.fault, notes=_notes(chain))
    try:
        different = history.differences(chain.lines, aliases.read(data_dir))
    except StorageError as error:
        different = [f"every domain: {error.message}, {error.found}"]
    return Verification(chain.lines, None, tuple(different), _notes(chain))


def _notes(chain: Chain) -> tuple[str, ...]:
    notes = []
    if chain.torn:
        notes.append(f"{len(chain.torn)} bytes after the last line were never finished: kept aside next time")
    if chain.ahead:
        notes.append("the anchor does not know the last line yet: a process was killed between the two")
    if (intent := history.open_intent(chain.lines)) is not None:
        what = "promotion" if intent.event == "promoting" else "rollback"
        notes.append(f"the {what} of line {intent.seq} was interrupted: it is finished or undone next time")
    return tuple(notes)
