"""The candidates in quarantine: domain, age, verdict, whether it still holds, what was decided."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from vortex_tui.escape import one_line
from vortex_tui.tui.quarantine import Waiting
from vortex_tui.tui.widgets.gate_table import VERDICTS

_LABEL = "$text-muted"
_NAME = 26
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


class CandidateList(OptionList):
    """A row a candidate; the highlighted one is the one that is shown and decided about."""

    def __init__(self) -> None:
        super().__init__(id="candidates", markup=False)
        self._waiting: tuple[Waiting, ...] = ()

    @property
    def chosen(self) -> str | None:
        """The id of the highlighted candidate."""
        option = self.highlighted_option
        return option.id if option else None

    def show(self, waiting: tuple[Waiting, ...], first: str) -> None:
        """The candidates as they are now; the chosen one stays chosen, else ``first``, where it is there."""
        before = self.chosen or first
        self._waiting = waiting
        self.clear_options()
        self.add_options([Option(row(each), id=each.id) for each in waiting])
        ids = [each.id for each in waiting]
        if ids:
            self.highlighted = ids.index(before) if before in ids else 0

    def watch_highlighted(self, highlighted: int | None) -> None:
        """A mark besides the colour tells which one is chosen."""
        super().watch_highlighted(highlighted)
        for place in range(min(self.option_count, len(self._waiting))):
            self.replace_option_prompt_at_index(place, row(self._waiting[place], place == highlighted))


def row(each: Waiting, chosen: bool = False) -> Content:
    """One candidate on one line."""
    name = one_line(each.id)
    shown = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
    words, style = _verdict(each)
    state = each.candidate.state
    return Content.assemble(
        ("▸ " if chosen else "  ", "$text-accent"),
        (f"{shown:<{_NAME}} ", "bold"),
        (f"{age(each.seconds):>6}  ", _LABEL),
        (f"{words:<22}", style),
        state,
    )


def _verdict(each: Waiting) -> tuple[str, str]:
    report = each.candidate.report
    if report is None:
        return "– not judged", _LABEL
    words, style = VERDICTS[report.verdict]
    return (f"{words}, stale", _LABEL) if each.stale else (words, style)


def age(seconds: float | None) -> str:
    """How long ago, in its largest unit; ``?`` where it is not known or lies ahead."""
    if seconds is None or seconds < 0:
        return "?"
    return next((f"{seconds / size:.0f} {unit}" for size, unit in _UNITS if seconds >= size), "now")
