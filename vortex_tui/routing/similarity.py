"""How like an expert's own prompts a prompt is, on a scale each expert sets by itself.

Raw similarities mean different things for different experts and encoders. For each
expert two marks are measured on its exemplars: how near its own prompts lie to each other
(0.75) and how near foreign prompts come (0.0); 1.0 is one of its exemplars itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

_OWN = 0.25  # a quarter of an expert's own prompts may lie farther out than 1.0
_FOREIGN = 0.90  # a tenth of the foreign ones nearer than 0.0
_MIN_GAP = 0.05
_AT_OWN = 0.75


@dataclass(frozen=True, slots=True)
class Scale:
    """Similarity at which a prompt looks foreign, and at which it looks own."""

    foreign: float
    own: float

    def score(self, similarity: float) -> float:
        """0..1; straight lines between the marks, so that scores stay comparable above ``own``."""
        marks = (self.foreign, self.own, max(1.0, self.own + _MIN_GAP))
        return float(np.interp(similarity, marks, (0.0, _AT_OWN, 1.0)))


def _nearest(matrix: Matrix) -> Matrix:
    """The mean of each row's two largest entries: one lucky exemplar is not enough."""
    best = np.sort(matrix, axis=1)[:, -2:]
    mean: Matrix = best.mean(axis=1)
    return mean


def scale(own: Matrix, foreign: Matrix) -> Scale:
    """The scale of an expert with exemplars ``own`` (n, d) among ``foreign`` (m, d) prompts."""
    among = own @ own.T
    np.fill_diagonal(among, -1.0)
    inside = float(np.quantile(_nearest(among), _OWN)) if len(own) > 2 else 1.0
    outside = float(np.quantile(_nearest(foreign @ own.T), _FOREIGN)) if len(foreign) else 0.0
    return Scale(outside, max(inside, outside + _MIN_GAP))


@dataclass(frozen=True, slots=True)
class Measured:
    """A score for each expert, and the row of its nearest exemplar."""

    scores: dict[str, float]
    nearest: dict[str, int]


class Similarity:
    """Exemplar vectors by expert, with each expert's scale.

    ``reliability`` is 0..1: how much better than chance this kind of vector finds the
    expert of an exemplar that is left out.
    """

    def __init__(self, vectors: dict[str, Matrix], background: Matrix) -> None:
        self._vectors = vectors
        self._scales = {name: self._scale_of(name, background) for name in vectors}
        self.reliability = self._reliability()

    def _reliability(self) -> float:
        if len(self._vectors) < 2:
            return 1.0
        hits = [self._found(name, row) for name, rows in self._vectors.items() for row in range(len(rows))]
        chance = 1 / len(self._vectors)
        return max(0.0, (sum(hits) / len(hits) - chance) / (1 - chance))

    def _found(self, name: str, row: int) -> bool:
        vector = self._vectors[name][row]
        nearest = {
            other: float((np.delete(rows, row, axis=0) if other == name else rows).dot(vector).max(initial=-1.0))
            for other, rows in self._vectors.items()
        }
        return max(nearest, key=lambda each: nearest[each]) == name

    def _scale_of(self, name: str, background: Matrix) -> Scale:
        others = [rows for other, rows in self._vectors.items() if other != name]
        return scale(self._vectors[name], np.concatenate([background, *others]))

    def measure(self, vector: Matrix) -> Measured:
        """Score a prompt's vector (d,) for every expert."""
        scores, nearest = {}, {}
        for name, rows in self._vectors.items():
            row = rows @ vector
            scores[name] = self._scales[name].score(float(_nearest(row[None, :])[0]))
            nearest[name] = int(row.argmax())
        return Measured(scores, nearest)
