"""An admission as lines of text: what goes where, each as its stretch of a bar that ends at the limit."""

from __future__ import annotations

from collections.abc import Iterator

from vortex_tui.engine.budget.admission import Admission, mib
from vortex_tui.engine.budget.item import TITLES, Place

_BAR = 32
_LABEL = 16
_FULL, _EMPTY, _LIMIT = "█", "·", "┃"


def lines(admission: Admission) -> tuple[str, ...]:
    """At most 68 columns wide."""
    return tuple(line for place in admission.places for line in _place(admission, place))


def _place(admission: Admission, place: Place) -> Iterator[str]:
    needed, limit = admission.estimate.needed(place), admission.demand.limit(place)
    scale = max(needed, limit, 1)
    yield f"{place:<{_LABEL}}{mib(needed):>9,} of {mib(limit):,} MiB{_told_excess(admission, place)}"
    start = 0
    for kind, count in admission.by_kind(place).items():
        bar = _stretch(start, start + count, limit, scale)
        yield f"  {TITLES[kind]:<{_LABEL - 2}}{mib(count):>9,} MiB  {bar}"
        start += count


def _told_excess(admission: Admission, place: Place) -> str:
    missing = admission.missing(place)
    return f": {mib(missing):,} too much" if missing else ""


def _stretch(start: int, end: int, limit: int, scale: int) -> str:
    first = min(_BAR - 1, start * _BAR // scale)
    last = max(first + 1, -(-end * _BAR // scale))
    cells = [_FULL if first <= at < last else _EMPTY for at in range(_BAR)]
    if limit < scale:
        cells[limit * _BAR // scale] = _LIMIT
    return "".join(cells)
