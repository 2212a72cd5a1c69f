"""Learning rates over time."""

from __future__ import annotations

from collections.abc import Callable


def trapezoid(steps: int, warm: float = 0.03, cool: float = 0.4) -> Callable[[int], float]:
    """Return a factor that rises for a share `warm` of the steps, holds, and falls for a share `cool`."""

    def factor(step: int) -> float:
        rising = (step + 1) / max(1.0, steps * warm)
        falling = (steps - step) / max(1.0, steps * cool)
        return max(0.0, min(1.0, rising, falling))

    return factor
