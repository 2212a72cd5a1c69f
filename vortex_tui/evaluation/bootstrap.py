"""Percentile intervals by resampling whole clusters of prompts (Cameron, Gelbach and Miller 2008, section 3).

Prompts of one wording are right or wrong together: resampling single prompts would promise too narrow an
interval. Two strategies are compared on the same prompts, so their difference is taken before resampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from vortex_tui.evaluation.report import Figure

Vector = npt.NDArray[np.float64]
DRAWS = 2000
SEED = 20261123
_TAIL = 2.5
_FEWEST = 2


class Clusters:
    """``labels`` name each prompt's cluster, (n,); the draws are the same for the same number of clusters."""

    def __init__(self, labels: Sequence[str], draws: int = DRAWS) -> None:
        self._places = np.unique(np.asarray(labels, dtype=object).astype(str), return_inverse=True)[1]
        self._count = int(self._places.max()) + 1 if len(labels) else 0
        self._draws = draws

    @cached_property
    def _picks(self) -> npt.NDArray[np.float64]:
        """How often each cluster is drawn, (draws, clusters)."""
        even = np.full(self._count, 1 / self._count)
        return np.random.default_rng(SEED).multinomial(self._count, even, self._draws).astype(float)

    def _resampled(self, values: Vector) -> Vector:
        """The sum of ``values`` (n,) in each draw, (draws,)."""
        sums: Vector = self._picks @ np.bincount(self._places, values, self._count)
        return sums

    def mean(self, values: Vector) -> Figure:
        """The mean of ``values`` (n,) with its interval."""
        return self.ratio(values, np.ones(len(values)))

    def ratio(self, above: Vector, below: Vector) -> Figure:
        """Σ above / Σ below with its interval; no interval below two clusters, nothing where Σ below is 0."""
        total = float(below.sum())
        if not len(above) or total == 0.0:
            return Figure(value=None, low=None, high=None, n=len(above))
        value = float(above.sum()) / total
        if self._count < _FEWEST:
            return Figure(value=value, low=None, high=None, n=len(above))
        divisors = self._resampled(below)
        kept = divisors != 0.0  # a draw without a gap tells nothing of how much of it was closed
        low, high = np.percentile(self._resampled(above)[kept] / divisors[kept], [_TAIL, 100 - _TAIL])
        return Figure(value=value, low=float(low), high=float(high), n=len(above))


@lru_cache(maxsize=64)
def clustered(labels: tuple[str, ...]) -> Clusters:
    """The clusters of these labels, their draws kept: many figures are of the same prompts."""
    return Clusters(labels)
