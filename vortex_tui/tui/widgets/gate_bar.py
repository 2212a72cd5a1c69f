"""A gate's interval as a bar of fixed width, with the value and the threshold marked."""

from __future__ import annotations

from textual.content import Content

from vortex_tui.promotion.drawing import places
from vortex_tui.promotion.report import Gate

WIDTH = 15
# Shapes tell them apart where there are no colours.
_REST, _BAND, _VALUE, _LIMIT = "░", "▓", "●", "┃"
_MUTED = "$text-muted"


def gate_bar(gate: Gate, style: str) -> Content:
    """The bar; spaces where a gate has no interval. The threshold hides a value that is the same."""
    found = places(gate, WIDTH)
    if found is None:
        return Content(" " * WIDTH)
    cells: list[tuple[str, str]] = [(_REST, _MUTED)] * WIDTH
    for place in range(found.low, found.high + 1):
        cells[place] = (_BAND, style)
    cells[found.value] = (_VALUE, style)
    cells[found.limit] = (_LIMIT, "bold $foreground")
    return Content.assemble(*cells)


def legend() -> Content:
    """What its marks mean."""
    return Content.styled(
        f"{_BAND} interval  {_VALUE} measured  {_LIMIT} threshold; each bar has its own scale", _MUTED
    )
