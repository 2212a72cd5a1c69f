"""A history of one figure on a fixed range from zero: constant 50 looks like 50, not like nothing."""

from __future__ import annotations

from collections import deque

_CELLS = "▁▂▃▄▅▆▇█"
_STEPS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


class History:
    """The last ``size`` samples and the top of their scale, which only grows."""

    def __init__(self, size: int = 60) -> None:
        self._samples: deque[float] = deque(maxlen=size)
        self.top = float(_STEPS[0])

    def __len__(self) -> int:
        return len(self._samples)

    @property
    def last(self) -> float | None:
        """The newest sample."""
        return self._samples[-1] if self._samples else None

    def add(self, value: float) -> None:
        """One more sample."""
        self._samples.append(value)
        if value > self.top:
            self.top = next((float(step) for step in _STEPS if step >= value), value)

    def cells(self, width: int) -> str:
        """The newest samples, one a cell, the newest at the right."""
        shown = list(self._samples)[-width:]
        marks = [_CELLS[min(int(value / self.top * len(_CELLS)), len(_CELLS) - 1)] for value in shown]
        return "".join(marks).rjust(width)
