"""What stands in a table's cell: shares, intervals and bars in few columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vortex_tui.evaluation.report import Figure

_WIDTH = 8
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float | None, blocks: bool, width: int = _WIDTH) -> str:
    """A bar of ``width`` cells for 0..1; empty for nothing."""
    if share is None:
        return ""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    if not blocks:
        return "#" * round(eighths / 8)
    return _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def percent(figure: Figure | None) -> str:
    """``97.1 (96.5–97.6)`` of a share; ``n/a`` for nothing."""
    if figure is None or figure.value is None:
        return "n/a"
    if figure.low is None or figure.high is None:
        return tenths(100 * figure.value)
    return f"{tenths(100 * figure.value)} ({tenths(100 * figure.low)}…{tenths(100 * figure.high)})"


def tenths(value: float) -> str:
    """One decimal, and none beyond two digits: a column's width is precious."""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:.1f}"


def number(figure: Figure | None) -> str:
    """A share in percent, without its interval."""
    return "n/a" if figure is None or figure.value is None else tenths(100 * figure.value)


def nats(figure: Figure | None) -> str:
    """A loss."""
    return "n/a" if figure is None or figure.value is None else f"{figure.value:.2f}"
