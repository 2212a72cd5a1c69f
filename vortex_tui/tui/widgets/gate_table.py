"""The gates of a report: a row each with its interval, then what each said, those that did not pass first."""

from __future__ import annotations

from textual.content import Content

from vortex_tui.escape import one_line
from vortex_tui.promotion.drawing import figure
from vortex_tui.promotion.report import Gate, GateReport, GateVerdict, Verdict
from vortex_tui.promotion.terms import Difference
from vortex_tui.tui.quarantine import Waiting
from vortex_tui.tui.widgets.gate_bar import WIDTH, gate_bar, legend
from vortex_tui.tui.words import moment

# A mark and a word: what a colour says must be readable without it.
GATES: dict[GateVerdict, tuple[str, str]] = {
    "pass": ("✓ passed", "$text-success"),
    "fail": ("✗ failed", "bold $text-error"),
    "inconclusive": ("? open", "bold $text-warning"),
    "not_applicable": ("– n/a", "$text-muted"),
}
VERDICTS: dict[Verdict, tuple[str, str]] = {
    "PROMOTE": ("✓ PROMOTE", "$text-success"),
    "REJECT": ("✗ REJECT", "bold $text-error"),
    "INCONCLUSIVE": ("? INCONCLUSIVE", "bold $text-warning"),
}
NOT_JUDGED = "Not judged yet. j asks every gate: some minutes on nano; questions of the chat wait."
_LABEL = "$text-muted"
_ID, _FIGURE, _COUNT = 18, 10, 5


def gates_content(waiting: Waiting) -> Content:
    """All of it for one candidate, or what to do where there is no report."""
    if waiting.candidate.entry.problem:
        problem = one_line(waiting.candidate.entry.problem)
        return Content.styled(f"✗ it cannot be used: {problem}", "bold $text-error")
    report = waiting.candidate.report
    if report is None:
        return Content.styled(NOT_JUDGED, _LABEL)
    reasons = sorted(report.gates, key=lambda gate: gate not in report.failed)
    return Content("\n").join(
        [
            *_head(report, waiting),
            Content(""),
            Content.styled(_heads(), _LABEL),
            *map(_row, report.gates),
            legend(),
            Content(""),
            *map(_reason, reasons),
        ]
    )


def _head(report: GateReport, waiting: Waiting) -> list[Content]:
    words, style = VERDICTS[report.verdict]
    champion = one_line(report.champion.id) if report.champion else "the base: the domain has no expert yet"
    name = f"{one_line(report.profile)}{' --mock' if report.mock else ''}"
    lines = [
        Content.assemble((words, style), f"  against {champion}"),
        Content.styled(
            f"on {name}, {moment(report.created)}, in {report.seconds:.0f} s · report {report.hash[:16]}…",
            _LABEL,
        ),
    ]
    if waiting.serves:
        return [*lines, Content.styled("it serves its domain now; u goes back to the one before", _LABEL)]
    if not waiting.stale:
        return [*lines, Content.styled("fresh: it is of the champion and the policy of now", _LABEL)]
    return [*lines, *map(_stale, waiting.stale)]


def _stale(each: Difference) -> Content:
    found, expected = one_line(each.found), one_line(each.expected)
    told = Content.styled(f"! stale: it {each.what}", "bold $text-warning")
    return Content.assemble(told, (f"\n  found {found}, now {expected}; j judges it again", _LABEL))


def _heads() -> str:
    return (
        f"{'':<10}{'gate':<{_ID}}{'value':>{_FIGURE}}  {'interval':<{WIDTH}}  "
        f"{'limit':>{_FIGURE}}{'n':>{_COUNT}}"
    )


def _row(gate: Gate) -> Content:
    words, style = GATES[gate.verdict]
    value, limit = figure(gate, gate.value), figure(gate, gate.threshold)
    name = one_line(gate.id)
    shown = name if len(name) < _ID else name[: _ID - 2] + "…"
    return Content.assemble(
        (f"{words:<10}", style),
        f"{shown:<{_ID}}{value:>{_FIGURE}}  ",
        gate_bar(gate, style),
        f"  {limit:>{_FIGURE}}{gate.samples or '':>{_COUNT}}",
    )


def _reason(gate: Gate) -> Content:
    words, style = GATES[gate.verdict]
    return Content.assemble(
        (f"{words:<10}", style), f"{one_line(gate.title)}: ", (one_line(gate.reason), _LABEL)
    )
