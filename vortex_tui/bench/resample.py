"""Intervals of medians by resampling blocks of neighbouring runs (circular blocks: Politis and Romano 1992).

A slow minute slows several runs in a row: resampling single runs would promise too narrow an interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
DRAWS = 500
SEED = 20261123
# Percent: of figures that are shown, and of those that decide. The bench may look four times before it
# decides, and its word is a red build: what decides is wider.
SHOWN = 95.0
DECIDING = 99.0


@lru_cache(maxsize=32)
def _picks(count: int) -> npt.NDArray[np.int64]:
    """Which runs each draw takes, (draws, count): blocks of about the cube root of ``count``."""
    length = max(1, round(count ** (1 / 3)))
    blocks = -(-count // length)
    starts = np.random.default_rng(SEED).integers(0, count, (DRAWS, blocks))
    places = (starts[:, :, None] + np.arange(length)) % count
    return places.reshape(DRAWS, -1)[:, :count].astype(np.int64)


def medians(values: Sequence[float]) -> Vector:
    """The median of each draw, (draws,); ``values`` in the order they were measured, one at least."""
    return np.asarray(np.median(np.asarray(values, dtype=float)[_picks(len(values))], axis=1), dtype=float)


def _percentiles(drawn: Vector, percent: float) -> tuple[float, float]:
    tail = (100.0 - percent) / 2
    low, high = np.percentile(drawn, [tail, 100.0 - tail])
    return float(low), float(high)


def interval(values: Sequence[float], percent: float = SHOWN) -> tuple[float, float]:
    """Low and high of the median of ``values``."""
    return _percentiles(medians(values), percent)


def ratio(above: Sequence[float], below: Sequence[float], percent: float = DECIDING) -> tuple[float, float]:
    """Low and high of median(above) / median(below), all positive.

    Every draw of one is taken with every draw of the other, so swapping the two turns the interval over.
    """
    logs = np.log(medians(above))[:, None] - np.log(medians(below))[None, :]
    # Figures that are too far apart for a float have an endless ratio, which the judge will not take.
    with np.errstate(over="ignore"):
        low, high = np.exp(_percentiles(logs.ravel(), percent))
    return float(low), float(high)
