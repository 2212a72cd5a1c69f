"""Plots of tokens/s: the runs of a bench against its baseline's, and the benches before it.

Importing this imports plotext: only the bench's screen may.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.app import RenderResult
from textual.color import Color
from textual.content import Content
from textual_plotext import PlotextPlot

from vortex_tui.bench.history import Past
from vortex_tui.tui.words import moment

RGB = tuple[int, int, int]
# Shapes tell the series apart where there are no colours.
OWN, OTHER, RANGE = "●", "○", "│"
# As many earlier benches as a screen has columns for.
_MOST_PAST = 40
_HEADROOM = 1.05
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TICKS = 5


def round_marks(top: float) -> list[float]:
    """Round numbers from 0 up to ``top``, three to five of them; ``top`` is above 0."""
    rough = top / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in _STEPS if size * factor >= rough * (1 - 1e-9))
    return [step * place for place in range(math.floor(top / step * (1 + 1e-9)) + 1)]


class RatePlot(PlotextPlot):
    """A plot from zero, so that what is close looks close. Colours are the theme's, at each drawing."""

    def _colour(self, name: str) -> RGB:
        return Color.parse(self.app.theme_variables[name]).rgb

    def render(self) -> RenderResult:
        """Draw anew: size or theme may have changed."""
        self.plt.clear_figure()
        self._draw()
        return super().render()

    def _draw(self) -> None:
        raise NotImplementedError

    def _frame(self, count: int, top: float) -> None:
        """Axes for ``count`` places and rates up to ``top``."""
        self.plt.xlim(0.5, max(2, count) + 0.5)
        marks = round_marks(top * _HEADROOM)
        self.plt.ylim(0, top * _HEADROOM)
        self.plt.yticks(marks, [f"{mark:g}" for mark in marks])

    def _name_places(self, places: Sequence[int], names: list[str]) -> None:
        self.plt.xticks([float(place) for place in places], names)

    def _dots(self, rates: Sequence[float], mark: str, colour: str, first: int = 1) -> None:
        places = list(range(first, first + len(rates)))
        self.plt.scatter(places, list(rates), marker=mark, color=self._colour(colour))


class RunsPlot(RatePlot):
    """Each run of a bench, and of its baseline."""

    def __init__(self) -> None:
        super().__init__(id="bench-runs")
        self._own: Sequence[float] = ()
        self._baseline: Sequence[float] = ()

    def show(self, own: Sequence[float], baseline: Sequence[float]) -> None:
        """Tokens/s in run order; no ``baseline`` where nothing may be compared."""
        self._own, self._baseline = own, baseline
        self.refresh()

    def _draw(self) -> None:
        count = max(len(self._own), len(self._baseline))
        self._frame(count, max((*self._own, *self._baseline), default=1.0))
        places = range(1, count + 1, max(1, count // 10))
        self._name_places(places, [str(place) for place in places])
        self._dots(self._baseline, OTHER, "foreground")
        self._dots(self._own, OWN, "accent")


class PastPlot(RatePlot):
    """The median and its interval of each bench that may be compared, the newest at the right."""

    def __init__(self) -> None:
        super().__init__(id="bench-past")
        self._past: Sequence[Past] = ()
        self._shown = ""

    def show(self, past: Sequence[Past], shown: str) -> None:
        """The benches, the oldest first; ``shown``: when the one on the screen was made."""
        self._past, self._shown = past[-_MOST_PAST:], shown
        self.refresh()

    def _draw(self) -> None:
        paces = [past.tokens_per_sec for past in self._past]
        self._frame(len(paces), max((pace.high or pace.median for pace in paces), default=1.0))
        self._name_days()
        for place, pace in enumerate(paces, 1):
            low, high = pace.low or pace.median, pace.high or pace.median
            self.plt.plot([place, place], [low, high], marker=RANGE, color=self._colour("secondary"))
        for place, past in enumerate(self._past, 1):
            own = past.created == self._shown
            rates = [past.tokens_per_sec.median]
            self._dots(rates, OWN if own else OTHER, "accent" if own else "foreground", place)

    def _name_days(self) -> None:
        """Days below some of the benches, or times where all are of one day."""
        step = max(1, -(-len(self._past) // _TICKS))
        places = range(1, len(self._past) + 1, step)
        times = [moment(self._past[place - 1].created) for place in places]
        one_day = len({time[:10] for time in times}) == 1
        self._name_places(places, [time[11:16] if one_day else time[5:10] for time in times])


def runs_caption(baseline: str) -> Content:
    """What the first plot shows; ``baseline``: when it was made, empty without one."""
    other = f"the baseline of {moment(baseline)}" if baseline else "no baseline to compare with"
    return _caption("tokens/s of each run", (OWN, "this bench"), (OTHER if baseline else "–", other))


def past_caption(count: int) -> Content:
    """What the second plot shows."""
    return _caption(f"{count} benches of this kind", (OWN, "this"), (OTHER, "earlier"), (RANGE, "95 %"))


def _caption(title: str, *series: tuple[str, str]) -> Content:
    styles = {OWN: "bold $accent", RANGE: "$secondary"}
    told = [Content.assemble("   ", (mark, styles.get(mark, "")), f" {words}") for mark, words in series]
    return Content.assemble((title, "$text-muted"), *told)
