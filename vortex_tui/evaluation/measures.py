"""What is measured of routers, as functions of plain values: each has its definition and nothing else."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
# A gap smaller than this between base and oracle is not worth a share of it.
DELTA = 0.05
BINS = 15
CONFIDENCE = 0.95
_BISECTIONS = 50


@dataclass(frozen=True, slots=True)
class Bin:
    """Prompts of like probability: how sure the router was, and how often it was so."""

    n: int
    probability: float
    observed: float


def recall(ranked: Sequence[str], right: Collection[str], k: int) -> bool:
    """Whether one of the ``right`` is among the first ``k``."""
    return any(name in right for name in ranked[:k])


def upper_bound(failures: int, n: int) -> float:
    """Clopper-Pearson: the largest rate with which so few failures in n have a chance of 5 % (one-sided)."""
    if failures >= n:
        return 1.0
    counts = np.arange(failures + 1, dtype=np.float64)
    ways = np.array([math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in counts])
    low, high = failures / n, 1.0
    for _ in range(_BISECTIONS):
        rate = (low + high) / 2
        chances = np.exp(ways + counts * math.log(rate) + (n - counts) * math.log1p(-rate))
        low, high = (rate, high) if chances.sum() > 1 - CONFIDENCE else (low, rate)
    return high


def reliability(probabilities: Vector, outcomes: Vector, bins: int = BINS) -> list[Bin]:
    """Bins of equal mass, (n,) and (n,) into at most ``bins``, the least probable first."""
    order = np.lexsort((outcomes, probabilities))
    parts = np.array_split(order, min(bins, len(order))) if len(order) else []
    return [Bin(len(p), float(probabilities[p].mean()), float(outcomes[p].mean())) for p in parts]


def ece(table: Sequence[Bin]) -> float | None:
    """Expected calibration error, 0..1: how far probability and frequency are apart in a bin, on average.

    Equal-mass bins as in Nguyen and O'Connor, "Posterior calibration" (EMNLP 2015). None without bins.
    """
    n = sum(each.n for each in table)
    return sum(each.n * abs(each.probability - each.observed) for each in table) / n if n else None


def brier(probabilities: Vector, outcomes: Vector) -> float | None:
    """Mean squared distance of probability and outcome, 0..1; None without prompts."""
    return float(np.mean((probabilities - outcomes) ** 2)) if len(outcomes) else None
