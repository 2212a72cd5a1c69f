"""Checks as a table: what was found, and for what is amiss the expectation and the mend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from vortex_tui.doctor.report import Check

_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red", "skip": "dim"}
_MARKS = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "–"}


def line(check: Check) -> RenderableType:
    """One check as it is told on a terminal while others still run."""
    from rich.text import Text

    mark = (f"{_MARKS[check.status]} {check.title:<18}", _COLOURS[check.status])
    return Text.assemble(mark, (f"{check.ms:>8.0f} ms  ", "dim"), _details(check))


def checks_table(checks: Iterable[Check]) -> RenderableType:
    """One row a check."""
    from rich.text import Text

    from vortex_tui.commands.output import table

    rows = [(Text(check.status, _COLOURS[check.status]), check.title, _details(check)) for check in checks]
    return table("", ("", "check", "found"), rows)


def _details(check: Check) -> Text:
    from rich.text import Text

    from vortex_tui.escape import one_line

    lines = [one_line(check.found)]
    if check.status in ("warn", "fail"):
        parts = (("expected", check.expected), ("mend", check.mend))
        lines += [f"{label}: {one_line(text)}" for label, text in parts if text]
    lines += check.details
    return Text("\n".join(lines))
