"""Intervals that clusters and small numbers cannot make too narrow.

A difference of right answers has the wider of two 95 % intervals on each side: Tango's score interval for
paired proportions (Statistics in Medicine 17, 1998), which knows that nothing seen in n prompts is not
nothing, and the bootstrap over clusters of prompts, widened for few clusters as Cameron, Gelbach and Miller
(2008) do for their t. What clusters cannot say, single pairs do, and the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vortex_tui.evaluation.bootstrap import clustered
from vortex_tui.evaluation.measures import upper_bound

Vector = npt.NDArray[np.float64]
Z = 1.959963984540054
# What a prompt that was not seen could lose at most, where answers are measured by loss: nats a token.
WORST_NATS = 1.0
_BISECTIONS = 60
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of n prompts in so many clusters; no bounds where there can be none."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int

    @property
    def sound(self) -> bool:
        """Whether all three numbers are there and finite."""
        bounds = (self.value, self.low, self.high)
        return all(one is not None and math.isfinite(one) for one in bounds)


def of_answers(differences: Vector, labels: Sequence[str]) -> Estimate:
    """Mean of 1 (better), 0 and -1 (worse) with its interval; ``labels`` name each prompt's cluster."""
    if not _usable(differences):
        return _nothing(differences, labels)
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    low, high = tango(wins, losses, len(differences))
    return _wider(differences, labels, low, high, (-1.0, 1.0))


def of_losses(differences: Vector, labels: Sequence[str]) -> Estimate:
    """The same of nats: prompts that were not seen may lose or save WORST_NATS each."""
    if not _usable(differences):
        return _nothing(differences, labels)
    n, value = len(differences), float(differences.mean())
    unseen = WORST_NATS * Z * Z / (n + Z * Z)
    return _wider(differences, labels, value - unseen, value + unseen, (-math.inf, math.inf))


def of_rate(flags: Vector, labels: Sequence[str]) -> Estimate:
    """A share of prompts; ``high`` is at least the one-sided 95 % bound of Clopper and Pearson, ``low`` 0."""
    if not _usable(flags):
        return _nothing(flags, labels)
    bound = upper_bound(int(flags.sum()), len(flags))
    wide = _wider(flags, labels, 0.0, bound, (0.0, 1.0))
    return Estimate(wide.value, 0.0, wide.high, wide.n, wide.clusters)


def tango(wins: int, losses: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of (wins - losses) / n, for pairs of which the rest are ties."""

    def score(delta: float) -> float:
        a = 2.0 * n
        b = -wins - losses + (2.0 * n - wins + losses) * delta
        c = -losses * delta * (1.0 - delta)
        worse = max(0.0, (math.sqrt(max(0.0, b * b - 4.0 * a * c)) - b) / (2.0 * a))
        spread = n * (2.0 * worse + delta * (1.0 - delta))
        distance = wins - losses - n * delta
        return distance / math.sqrt(spread) if spread > 0 else math.copysign(math.inf, distance)

    value = (wins - losses) / n
    return _crossing(score, Z, -1.0, value), _crossing(score, -Z, value, 1.0)


def _crossing(score: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a falling ``score`` passes ``wanted`` between two points."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if score(middle) > wanted else (low, middle)
    return (low + high) / 2


def student(freedom: int) -> float:
    """The 97.5 % point of Student's t (Abramowitz and Stegun 26.7.5); good to 1 % from 3 degrees on."""
    z, v = Z, float(freedom)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3


def _wider(
    values: Vector, labels: Sequence[str], low: float, high: float, bounds: tuple[float, float]
) -> Estimate:
    """The wider of ``low`` and ``high`` and the bootstrap over clusters; no bounds below two clusters."""
    count, value = len(set(labels)), float(values.mean())
    if count < _FEWEST:
        return Estimate(value, None, None, len(values), count)
    drawn = clustered(tuple(labels)).mean(values)
    if drawn.low is None or drawn.high is None:
        return Estimate(value, None, None, len(values), count)
    wide = student(count - 1) / Z * math.sqrt(count / (count - 1))
    low = max(bounds[0], min(low, value - wide * (value - drawn.low)))
    high = min(bounds[1], max(high, value + wide * (drawn.high - value)))
    return Estimate(value, low, high, len(values), count)


def _usable(values: Vector) -> bool:
    return len(values) > 0 and bool(np.isfinite(values).all())


def _nothing(values: Vector, labels: Sequence[str]) -> Estimate:
    return Estimate(None, None, None, len(values), len(set(labels)))
