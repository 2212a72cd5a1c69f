"""Intervals that clusters and small numbers cannot make too narrow.

A difference of right answers has the wider of two intervals on each side: Tango's score interval for
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
# A gain must be shown: 2.5 % on each side. That something is no worse needs one bound: 5 % on its side.
TWO_SIDED = 1.959963984540054
ONE_SIDED = 1.6448536269514722
# What a prompt that was not seen could lose at most, where answers are measured by loss: nats a token.
WORST_NATS = 1.0
_BISECTIONS = 60
# Nats: no loss is as large, and what is could not be summed.
_LARGEST = 1e9
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


def of_answers(differences: Vector, labels: Sequence[str], z: float = TWO_SIDED) -> Estimate:
    """Mean of 1 (better), 0 and -1 (worse) with its interval; ``labels`` name each prompt's cluster."""
    if not _usable(differences, (-1.0, 0.0, 1.0)):
        return _nothing(differences, labels)
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    low, high = tango(wins, losses, len(differences), z)
    return _wider(differences, labels, z, (low, high), (-1.0, 1.0))


def of_losses(differences: Vector, labels: Sequence[str], z: float = TWO_SIDED) -> Estimate:
    """The same of nats: prompts that were not seen may lose or save WORST_NATS each."""
    if not _usable(differences):
        return _nothing(differences, labels)
    n, value = len(differences), float(differences.mean())
    unseen = WORST_NATS * z * z / (n + z * z)
    return _wider(differences, labels, z, (value - unseen, value + unseen), (-math.inf, math.inf))


def of_rate(flags: Vector, labels: Sequence[str]) -> Estimate:
    """A share of prompts; ``high`` is at least the one-sided 95 % bound of Clopper and Pearson, ``low`` 0."""
    if not _usable(flags, (0.0, 1.0)):
        return _nothing(flags, labels)
    bound = upper_bound(int(flags.sum()), len(flags))
    wide = _wider(flags, labels, ONE_SIDED, (0.0, bound), (0.0, 1.0))
    return Estimate(wide.value, 0.0, wide.high, wide.n, wide.clusters)


def tango(wins: int, losses: int, n: int, z: float = TWO_SIDED) -> tuple[float, float]:
    """The score interval of (wins - losses) / n, for pairs of which the rest are ties."""

    def score(delta: float) -> float:
        a = 2.0 * n
        b = -wins - losses + (2.0 * n - wins + losses) * delta
        c = -losses * delta * (1.0 - delta)
        worse = max(0.0, (math.sqrt(max(0.0, b * b - 4.0 * a * c)) - b) / (2.0 * a))
        spread = n * (2.0 * worse + delta * (1.0 - delta))
        distance = wins - losses - n * delta
        return distance / math.sqrt(spread) if spread > 0 else math.copysign(math.inf, distance)

    value = (wins - losses) / n
    return _crossing(score, z, -1.0, value), _crossing(score, -z, value, 1.0)


def _crossing(score: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a falling ``score`` passes ``wanted`` between two points."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if score(middle) > wanted else (low, middle)
    return (low + high) / 2


def student(freedom: int, z: float = TWO_SIDED) -> float:
    """Student's t where the normal has ``z`` (Abramowitz and Stegun 26.7.5), to 1 % from 3 degrees on."""
    v = float(freedom)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3


def _wider(
    values: Vector, labels: Sequence[str], z: float, pairs: tuple[float, float], bounds: tuple[float, float]
) -> Estimate:
    """The wider of ``pairs`` and the bootstrap over clusters; no bounds below two clusters."""
    count, value = len(set(labels)), float(values.mean())
    drawn = clustered(tuple(labels)).mean(values)
    if count < _FEWEST or drawn.low is None or drawn.high is None:
        return Estimate(value, None, None, len(values), count)
    # The bootstrap's own bounds are of 95 %, and of as many clusters as one could wish for.
    wide = student(count - 1, z) / TWO_SIDED * math.sqrt(count / (count - 1))
    low = max(bounds[0], min(pairs[0], value - wide * (value - drawn.low)))
    high = min(bounds[1], max(pairs[1], value + wide * (drawn.high - value)))
    return Estimate(value, low, high, len(values), count)


def _usable(values: Vector, known: Sequence[float] = ()) -> bool:
    """Whether there are values, and each is ``known`` where only some can be, else a number of sense."""
    sound = np.isin(values, known) if known else np.abs(values) <= _LARGEST
    return len(values) > 0 and bool(sound.all())


def _nothing(values: Vector, labels: Sequence[str]) -> Estimate:
    return Estimate(None, None, None, len(values), len(set(labels)))
