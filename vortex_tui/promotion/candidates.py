"""What waits in quarantine: each run with what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vortex_tui.experts.bank import BankEntry
from vortex_tui.promotion import report
from vortex_tui.promotion.line import Line
from vortex_tui.promotion.report import GateReport, Version
from vortex_tui.promotion.site import Site, version_of

State = Literal["unusable", "new", "judged", "approved", "rejected", "promoted", "rolled back"]
_STATES: dict[str, State] = {
    "judged": "judged",
    "approved": "approved",
    "rejected": "rejected",
    "promoted": "promoted",
    "abandoned": "judged",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run in quarantine, its newest report, and what the ledger said of it last."""

    entry: BankEntry
    state: State
    report: GateReport | None = None
    last: Line | None = None

    def document(self) -> dict[str, Any]:
        """As plain values."""
        card = self.entry.manifest
        return {
            "id": self.entry.id,
            "domain": self.entry.folder.parent.name,
            "content_hash": card.content_hash if card else None,
            "created": self.created,
            "state": self.state,
            "problem": self.entry.problem,
            "verdict": self.report.verdict if self.report else None,
            "report": self.report.hash if self.report else None,
            "reason": self.last.reason if self.last else "",
        }

    @property
    def created(self) -> str:
        """When it was trained; empty where its manifest does not say."""
        return self.entry.manifest.reread().created if self.entry.manifest else ""


def candidates(site: Site, lines: Sequence[Line]) -> list[Candidate]:
    """Every run in quarantine, in the order of the folder; ``lines`` are the ledger's."""
    reports = report.newest_of_all(site.data_dir)
    return [_candidate(entry, reports, lines) for entry in site.candidates()]


def _candidate(entry: BankEntry, reports: Mapping[Version, GateReport], lines: Sequence[Line]) -> Candidate:
    if entry.manifest is None or entry.problem:
        return Candidate(entry, "unusable")
    own = version_of(entry)
    found = reports.get(own)
    last = next((line for line in reversed(lines) if _says(line, own)), None)
    if last is None:
        return Candidate(entry, "judged" if found else "new", found)
    return Candidate(entry, _state(last, own), found, last)


def _says(line: Line, own: Version) -> bool:
    """Whether a line changed what a candidate is."""
    if line.event == "rolled_back":
        return own in (line.candidate, line.champion)
    return line.candidate == own and line.event in _STATES


def _state(last: Line, own: Version) -> State:
    if last.event == "rolled_back":
        return "promoted" if last.candidate == own else "rolled back"
    return _STATES[last.event]
