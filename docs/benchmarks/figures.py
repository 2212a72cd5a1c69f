"""Figures of contestants that were measured in turns: medians, spread and ratios."""

from __future__ import annotations

import statistics
from collections import defaultdict


class Table:
    """Rows of figures; ``show`` prints medians and the ratio to one of them."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._rows: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, figure: float) -> None:
        """One more measurement of a contestant."""
        self._rows[name].append(figure)

    def show(self, against: str) -> None:
        """Print a line a contestant: median, extremes, ratio of medians."""
        print(f"\n{self._title}")
        reference = statistics.median(self._rows[against])
        for name, figures in self._rows.items():
            middle = statistics.median(figures)
            spread = f"({min(figures):,.1f}-{max(figures):,.1f}, {len(figures)} runs)"
            print(f"  {name:<24}{middle:>10,.1f}  x {middle / reference:.2f}  {spread}")
