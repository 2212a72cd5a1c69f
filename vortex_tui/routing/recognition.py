"""How much a prompt is an expert's own: ridge regression on the experts' exemplars.

Each expert's exemplars are 1 for it and 0 for the others; background prompts, which no
expert serves, are a class of their own, which is the base's. A prompt unlike everything
known scores near 0 for all. Kernel ridge regression has its leave-one-out predictions in closed form
(Rifkin and Lippert, "Notes on Regularized Least Squares", MIT-CSAIL-TR-2007-025), and they
tell how far to trust it without a single prompt set aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
_RIDGE = 0.3


class Recognition:
    """Fitted on unit vectors: exemplars by expert (each (n, d)), and background (m, d)."""

    def __init__(self, exemplars: Mapping[str, Matrix], background: Matrix) -> None:
        self.names = list(exemplars)
        self._own = dict(exemplars)
        vectors = np.concatenate([*exemplars.values(), background])
        targets = _targets([*map(len, exemplars.values()), len(background)])
        kernel = vectors @ vectors.T
        inverse = np.linalg.inv(kernel + _RIDGE * np.eye(len(kernel), dtype=np.float32))
        dual = inverse @ targets
        self._weights: Matrix = vectors.T @ dual
        self._targets = targets
        self.left_out: Matrix = targets - dual / np.diag(inverse)[:, None]

    def scores(self, vector: Matrix) -> Matrix:
        """0..1 for each expert, in the order of ``names``, and last for the base."""
        clipped: Matrix = np.clip(vector @ self._weights, 0.0, 1.0)
        return clipped

    def nearest(self, vector: Matrix) -> list[int]:
        """The row of each expert's exemplar that is most like a prompt."""
        return [int((rows @ vector).argmax()) for rows in self._own.values()]

    @property
    def reliability(self) -> float:
        """0..1: how much better than chance a left-out exemplar finds its expert."""
        own = self._targets[:, -1] == 0
        found = self.left_out[own].argmax(axis=1) == self._targets[own].argmax(axis=1)
        chance = 1 / max(2, len(self.names))
        return max(0.0, (float(found.mean()) - chance) / (1 - chance))

    @property
    def foreign(self) -> Matrix:
        """By how much an expert leads the base on each background prompt that is left out, (m,)."""
        rows = self.left_out[self._targets[:, -1] == 1]
        lead: Matrix = rows[:, :-1].max(axis=1) - rows[:, -1]
        return lead


def _targets(counts: Sequence[int]) -> Matrix:
    rows = [np.eye(len(counts), dtype=np.float32)[[column] * count] for column, count in enumerate(counts)]
    return np.concatenate(rows)
