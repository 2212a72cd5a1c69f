"""A gate report on a terminal: a row a gate, its interval drawn, and the reasons of what did not pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vortex_tui.commands.output import table
from vortex_tui.escape import one_line
from vortex_tui.promotion import drawing

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from vortex_tui.promotion.report import Gate, GateReport

_WIDTH = 15
_LONGEST = 60
_WORDS = {"pass": "pass", "fail": "FAIL", "inconclusive": "open", "not_applicable": "n/a"}


def parts(report: GateReport, *, blocks: bool = True) -> Iterator[RenderableType]:
    """Everything that is told; without ``blocks`` the intervals are made of ASCII."""
    from rich.text import Text

    yield Text(_head(report))
    yield _gates(report, blocks)
    if report.samples:
        yield _samples(report)
    for gate in report.failed:
        yield Text(one_line(f"{_WORDS[gate.verdict]}: {gate.title}: {gate.reason}"))
    yield Text(_foot(report))


def _head(report: GateReport) -> str:
    against = report.champion.id if report.champion else "the base: the domain has no expert yet"
    name = f"{report.profile}{' --mock' if report.mock else ''}"
    return one_line(f"{report.candidate.id} on {name}, against {against}")


def _gates(report: GateReport, blocks: bool) -> Table:
    rows = [
        (
            gate.id,
            _WORDS[gate.verdict],
            drawing.figure(gate, gate.value),
            interval(gate, blocks),
            drawing.figure(gate, gate.threshold),
            gate.samples or "",
        )
        for gate in report.gates
    ]
    columns = ("gate", "", "value", "interval; | is the limit", "limit", "n")
    made = table("", columns, rows, numeric=("value", "limit", "n"))
    made.collapse_padding = True
    return made


def interval(gate: Gate, blocks: bool = True) -> str:
    """The interval drawn on a line that also holds the limit, fifteen characters wide; empty without one."""
    found = drawing.places(gate, _WIDTH)
    if found is None:
        return ""
    drawn = [" "] * _WIDTH
    for place in range(found.low, found.high + 1):
        drawn[place] = "━" if blocks else "="
    drawn[found.limit] = "|"
    return "".join(drawn)


def _samples(report: GateReport) -> Table:
    rows = [
        tuple(one_line(text)[:_LONGEST] for text in (one.prompt, one.expected, one.champion, one.candidate))
        for one in report.samples
    ]
    before = "champion" if report.champion else "without it"
    return table("Held prompts, side by side", ("prompt", "expected", before, "candidate"), rows)


def _foot(report: GateReport) -> str:
    worse, better = (sum(one.better is way for one in report.moved) for way in (False, True))
    return (
        f"{report.verdict} in {report.seconds:.0f} s; {len(report.moved)} prompts move "
        f"({better} better, {worse} worse); report {report.hash[:16]}…"
    )
