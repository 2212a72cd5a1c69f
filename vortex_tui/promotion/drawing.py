"""A gate's figures for a row of a table: short words, and places on a line of fixed width."""

from __future__ import annotations

from dataclasses import dataclass

from vortex_tui.promotion.report import Gate


@dataclass(frozen=True, slots=True)
class Places:
    """Cells, from 0, of an interval's two ends, of the value and of the threshold."""

    low: int
    high: int
    value: int
    limit: int


def places(gate: Gate, width: int) -> Places | None:
    """Where a line of ``width`` cells that holds interval and threshold has each; None without either."""
    if gate.low is None or gate.high is None or gate.threshold is None:
        return None
    value = gate.low if gate.value is None else gate.value
    first, last = min(gate.low, value, gate.threshold), max(gate.high, value, gate.threshold)
    scale = (width - 1) / (last - first) if last > first else 0.0
    low, high, at, limit = (
        round((each - first) * scale) for each in (gate.low, gate.high, value, gate.threshold)
    )
    return Places(low, high, at, limit)


def figure(gate: Gate, value: float | None) -> str:
    """A gate's value or threshold with its unit; a share as per cent; empty where there is none."""
    if value is None:
        return ""
    if gate.unit:
        return f"{value:.2f} {gate.unit}"
    return f"{100 * value:.1f} %" if gate.low is not None else f"{value:g}"
