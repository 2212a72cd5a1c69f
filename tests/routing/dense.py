"""What an index says, written down plainly: dense matrices, a loop a class, nothing clever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.terms import VIEWS, terms

Doubles = npt.NDArray[np.float64]
PRIOR = 0.3


class Plain:
    """One view of classes' texts, the base's last."""

    def __init__(self, classes: Sequence[Sequence[str]], view: int) -> None:
        self.view = view
        self.rows = [[terms(text)[view] for text in texts] for texts in classes]
        every = [row for rows in self.rows for row in rows]
        self.columns = sorted({column for row in every for column in row})
        self.place = {column: place for place, column in enumerate(self.columns)}
        having = np.array([sum(column in row for row in every) for column in self.columns])
        self.idf = np.log((1 + len(every)) / (1 + having)) + 1
        self.rarest = np.log((1 + len(every)) / 2) + 1
        self.units = [
            np.array([self._unit(row) for row in rows]).reshape(len(rows), len(self.columns))
            for rows in self.rows
        ]

    def _weights(self, counted: Counter[int]) -> Doubles:
        weights = np.zeros(len(self.columns))
        for column, count in counted.items():
            if column in self.place:
                weights[self.place[column]] = (1 + np.log(min(count, 255))) * self.idf[self.place[column]]
        return weights

    def _unit(self, counted: Counter[int]) -> npt.NDArray[np.float16]:
        weights = self._weights(counted)
        return (weights / max(np.linalg.norm(weights), 1e-9)).astype(np.float16)

    def query(self, prompt: str) -> Doubles:
        """A prompt's weights, of unit length together with its unknown terms."""
        counted = terms(prompt)[self.view]
        weights = self._weights(counted)
        unknown = sum(column not in self.place for column in counted)
        length: float = np.sqrt(weights @ weights + unknown * self.rarest**2)
        found: Doubles = weights / max(length, 1e-9)
        return found

    def features(self, prompt: str) -> list[list[float]]:
        """Centroid, nearest and odds of each class."""
        query = self.query(prompt)
        shared = [self.place[column] for column in terms(prompt)[self.view] if column in self.place]
        return [
            [self._centroid(units, query), top(units @ query), self._odds(number, shared)]
            for number, units in enumerate(self.units)
        ]

    def centroid(self, number: int) -> Doubles:
        """The mean row of a class, of unit length."""
        mean = self.units[number].astype(np.float64).sum(axis=0) / max(1, len(self.units[number]))
        found: Doubles = mean / max(np.linalg.norm(mean), 1e-9)
        return found

    def _centroid(self, units: Any, query: Doubles) -> float:
        mean = units.astype(np.float64).sum(axis=0) / max(1, len(units))
        return float(mean @ query / max(np.linalg.norm(mean), 1e-9))

    def _odds(self, number: int, shared: Sequence[int]) -> float:
        if not shared:
            return 0.0
        shares = np.array([[self._share(each, term) for term in shared] for each in range(len(self.rows))])
        odds = np.log(shares[number]) - np.log(shares.mean(axis=0))
        return float(np.clip(odds, -2.0, 4.0).sum() / np.sqrt(len(shared)))

    def _share(self, number: int, term: int) -> float:
        rows = self.rows[number]
        return (sum(self.columns[term] in row for row in rows) + PRIOR) / (len(rows) + 2 * PRIOR)


def top(values: Doubles) -> float:
    """The mean of the three greatest."""
    greatest = sorted(values.tolist())[-3:]
    return sum(greatest) / len(greatest) if greatest else 0.0


def lexical(classes: Sequence[Sequence[str]], prompt: str) -> Doubles:
    """Features of every class in all views, (classes, 9)."""
    return np.concatenate([Plain(classes, view).features(prompt) for view in range(len(VIEWS))], 1)


def unit(vectors: Doubles) -> Doubles:
    """Rows of unit length."""
    found: Doubles = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return found


def dense(vectors: Doubles, sizes: Sequence[int], asked: Doubles) -> Doubles:
    """Discriminant, centroid and nearest of each class, (classes, 3): experts' scatter, whitened."""
    centre = vectors.mean(axis=0)
    cuts = np.cumsum([0, *sizes])
    placed = [unit(vectors[a:b] - centre) for a, b in pairwise(cuts)]
    within = np.concatenate([rows - rows.mean(axis=0) for rows in placed[:-1] if len(rows)])
    scatter = within.T @ within / len(within)
    width = len(scatter)
    level = max(np.trace(scatter) / width, 1e-9)
    ridge = (0.03 + 0.1 * width / len(within)) * level
    whitening = np.linalg.inv(np.linalg.cholesky(scatter + ridge * np.eye(width))).T
    query = unit(asked - centre) @ whitening
    return np.array([_dense(rows @ whitening, query) for rows in placed])


def _dense(rows: Doubles, query: Doubles) -> list[float]:
    mean = rows.mean(axis=0) if len(rows) else np.zeros(len(query))
    direction = unit(query)
    discriminant = float(mean @ query - mean @ mean / 2) / len(query) ** 0.5
    cosine = float(mean @ direction / max(float(np.linalg.norm(mean)), 1e-9))
    return [discriminant, cosine, top(unit(rows) @ direction)]


def ranked(scores: Sequence[float]) -> list[int]:
    """Places of scores, the best first, ties in their own order."""
    return sorted(range(len(scores)), key=lambda place: -scores[place])
