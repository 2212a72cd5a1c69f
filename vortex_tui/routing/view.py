"""One lexical view of a bank: how like each class's exemplars a prompt's terms are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Classes, means, nearest
from vortex_tui.routing.query import Matches, Query
from vortex_tui.routing.rows import Floats, Places
from vortex_tui.routing.table import Table
from vortex_tui.routing.terms import COLUMNS

FEATURES = ("centroid", "nearest", "odds")
# Exemplars that every class is taken to have more, with and without a term; and what one term may tell.
PRIOR = 0.3
_LEAST_ODDS, _MOST_ODDS = -2.0, 4.0
TINY = np.float32(1e-9)


@dataclass(frozen=True, slots=True)
class View:
    """The terms of every exemplar, with what weighs them.

    ``table`` has TF-IDF weights in rows of unit length. ``idf`` and ``common`` (columns,): inverse
    document frequency, 0 for a term nobody has, and the logarithm of a term's mean share of exemplars over
    the classes. ``centroids`` (classes,): length of the mean of each class's rows. ``rarest``: the inverse
    document frequency of a term that one exemplar has, (1,).
    """

    table: Table
    idf: Floats
    common: Floats
    centroids: Floats
    rarest: Floats
    # A scratch table from columns to places in a query; small, so that it stays in the processor's cache.
    _places: npt.NDArray[np.int16] = field(
        default_factory=lambda: np.full(COLUMNS, -1, np.int16), repr=False, compare=False
    )

    def query(self, counted: Counter[int]) -> Query:
        """A prompt's terms as this view weighs them."""
        columns = np.fromiter(counted.keys(), np.uint32, len(counted))
        idf = self.idf[columns]
        known = idf > 0
        weights = tf(np.fromiter(counted.values(), np.float32, len(counted))) * idf
        # Terms that nobody has make a prompt less like anyone's, so they count in its length.
        unknown = np.count_nonzero(~known) * float(self.rarest[0]) ** 2
        length = np.float32(np.sqrt(float(weights @ weights) + unknown))
        return Query(columns[known], weights[known] / max(length, TINY))

    def features(self, query: Query, classes: Classes, chosen: Places) -> Floats:
        """``FEATURES`` of a prompt for the ``chosen`` classes, ascending, (chosen, 3)."""
        sizes = classes.sizes[chosen]
        found = self._matches(query, classes, chosen)
        like = _likeness(found, sizes)
        centroid = means(like, sizes) / self.centroids[chosen]
        return np.stack([centroid, nearest(like, sizes), self._odds(query, found, sizes)], 1)

    def like(self, query: Query, classes: Classes, place: int) -> Floats:
        """Cosine of a prompt to each exemplar of a class, (exemplars,)."""
        chosen = np.array([place])
        return _likeness(self._matches(query, classes, chosen), classes.sizes[chosen])

    def _matches(self, query: Query, classes: Classes, chosen: Places) -> Matches:
        self._places[query.columns] = np.arange(len(query.columns))
        found = self.table.matches(query, self._places, classes, chosen)
        self._places[query.columns] = -1
        return found

    def _odds(self, query: Query, found: Matches, sizes: Places) -> Floats:
        """Log-odds of the prompt's terms in each class against all classes alike (naive Bayes)."""
        terms = len(query.columns)
        if not terms:
            return np.zeros(len(sizes), np.float32)
        having = np.zeros((len(sizes), terms))
        having[found.owners, found.places] = found.having
        share = np.log((having + PRIOR) / (sizes[:, None] + 2 * PRIOR))
        odds = np.clip(share - self.common[query.columns], _LEAST_ODDS, _MOST_ODDS)
        told: Floats = (odds.sum(axis=1) / np.sqrt(terms)).astype(np.float32)
        return told


def _likeness(found: Matches, sizes: Places) -> Floats:
    """Cosine to each row of classes of these sizes."""
    like: Floats = np.bincount(found.rows, found.likeness, int(sizes.sum())).astype(np.float32)
    return like


def tf(counts: Floats) -> Floats:
    """What a term weighs that occurs so often."""
    weights: Floats = 1 + np.log(counts)
    return weights
