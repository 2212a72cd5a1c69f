"""One lexical view of a bank: how like each class's exemplars a prompt's terms are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Classes, means, nearest
from vortex_tui.routing.rows import Floats, Places, Rows, Spans
from vortex_tui.routing.terms import COLUMNS

FEATURES = ("centroid", "nearest", "odds")
# Exemplars that every class is taken to have more, with and without a term; and what one term may tell.
_PRIOR = 0.3
_LEAST_ODDS, _MOST_ODDS = -2.0, 4.0
_TINY = np.float32(1e-9)


@dataclass(frozen=True, slots=True)
class Query:
    """Known ``columns`` of a prompt with their ``weights``; of unit length together with the unknown ones."""

    columns: npt.NDArray[np.uint32]
    weights: Floats


@dataclass(frozen=True, slots=True)
class View:
    """Term rows of every exemplar, with what weighs them.

    ``units`` (entries,): TF-IDF weights in rows of unit length. ``idf`` and ``common`` (columns,): inverse
    document frequency, 0 for a term nobody has, and the logarithm of a term's mean share of exemplars over
    the classes. ``centroids`` (classes,): length of the mean of each class's rows.
    """

    rows: Rows
    units: npt.NDArray[np.float16]
    idf: Floats
    common: Floats
    centroids: Floats
    # A scratch table from columns to places in a query; small, so that it stays in the processor's cache.
    _places: npt.NDArray[np.int16] = field(
        default_factory=lambda: np.full(COLUMNS, -1, np.int16), repr=False, compare=False
    )

    def query(self, counted: Counter[int]) -> Query:
        """A prompt's terms as this view weighs them."""
        columns = np.fromiter(counted.keys(), np.uint32, len(counted))
        idf = self.idf[columns]
        known = idf > 0
        weights = _tf(np.fromiter(counted.values(), np.float32, len(counted))) * idf
        # Terms that nobody has make a prompt less like anyone's, so they count in its length.
        unknown = np.count_nonzero(~known) * _rarest(len(self.rows)) ** 2
        length = np.float32(np.sqrt(float(weights @ weights) + unknown))
        return Query(columns[known], weights[known] / max(length, _TINY))

    def features(self, query: Query, classes: Classes, chosen: Places) -> Floats:
        """``FEATURES`` of a prompt for the ``chosen`` classes, (chosen, 3)."""
        sizes = classes.sizes[chosen]
        like, row, places = self._likeness(query, classes.spans_of(chosen), int(sizes.sum()))
        owner = np.repeat(np.arange(len(sizes)), sizes)[row]
        centroid = means(like, sizes) / self.centroids[chosen]
        return np.stack([centroid, nearest(like, sizes), self._odds(query, owner, places, sizes)], 1)

    def like(self, query: Query, classes: Classes, place: int) -> Floats:
        """Cosine of a prompt to each exemplar of a class, (exemplars,)."""
        span = classes.spans[place]
        return self._likeness(query, [span], span[1] - span[0])[0]

    def _likeness(
        self, query: Query, spans: Spans, count: int
    ) -> tuple[Floats, Places, npt.NDArray[np.int16]]:
        """Cosine to each row of the spans; and for every term shared, its row and its place in the query."""
        columns, units = self.rows.entries(self.rows.columns, spans), self.rows.entries(self.units, spans)
        found, places = self._hits(query, columns)
        row = np.searchsorted(self.rows.starts_of(spans), found, side="right") - 1
        like: Floats = np.bincount(row, query.weights[places] * units[found], count).astype(np.float32)
        return like, row, places

    def _hits(self, query: Query, columns: npt.NDArray[np.uint32]) -> tuple[Places, npt.NDArray[np.int16]]:
        """The entries whose term is in the query, and its place there."""
        self._places[query.columns] = np.arange(len(query.columns))
        places = self._places.take(columns, mode="clip")
        self._places[query.columns] = -1
        found = np.flatnonzero(places >= 0)
        return found, places[found]

    def _odds(self, query: Query, owner: Places, places: npt.NDArray[np.int16], sizes: Places) -> Floats:
        """Log-odds of the prompt's terms in each class against all classes alike (naive Bayes)."""
        terms = len(query.columns)
        if not terms:
            return np.zeros(len(sizes), np.float32)
        having = np.bincount(owner * terms + places.astype(np.int64), minlength=len(sizes) * terms).reshape(
            -1, terms
        )
        share = np.log((having + _PRIOR) / (sizes[:, None] + 2 * _PRIOR))
        odds = np.clip(share - self.common[query.columns], _LEAST_ODDS, _MOST_ODDS)
        told: Floats = (odds.sum(axis=1) / np.sqrt(terms)).astype(np.float32)
        return told


def _tf(counts: Floats) -> Floats:
    weights: Floats = 1 + np.log(counts)
    return weights


def _rarest(rows: int) -> float:
    """The inverse document frequency of a term that one row has."""
    return float(np.log((1 + rows) / 2) + 1)


def build(rows: Rows, classes: Classes) -> View:
    """A view of these rows, whose classes follow one another."""
    documents = np.bincount(rows.columns, minlength=COLUMNS)
    idf = np.where(documents > 0, np.log((1 + len(rows)) / (1 + documents)) + 1, 0.0).astype(np.float32)
    owner = np.repeat(np.arange(len(rows)), rows.lengths)
    weights = _tf(rows.counts.astype(np.float32)) * idf[rows.columns]
    norms = np.sqrt(np.bincount(owner, weights * weights, len(rows)))
    units = (weights / norms[owner]).astype(np.float16)
    lengths, common = _classes(rows, units, classes)
    return View(rows, units, idf, common, lengths)


def centroid(
    rows: Rows, units: npt.NDArray[np.float16], span: tuple[int, int]
) -> tuple[npt.NDArray[np.uint32], Floats, Places]:
    """Columns of a class, their weights in its mean row, and how many of its rows have each."""
    entries = slice(int(rows.starts[span[0]]), int(rows.starts[span[1]]))
    columns, inverse, having = np.unique(rows.columns[entries], return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, units[entries], len(columns)) / max(1, span[1] - span[0])
    return columns, mean.astype(np.float32), having


def _classes(rows: Rows, units: npt.NDArray[np.float16], classes: Classes) -> tuple[Floats, Floats]:
    lengths = np.full(len(classes.sizes), _TINY)
    shares = np.full(COLUMNS, (_PRIOR / (classes.sizes + 2 * _PRIOR)).sum())
    for place, span in enumerate(classes.spans):
        columns, mean, having = centroid(rows, units, span)
        lengths[place] = max(np.sqrt(mean @ mean), _TINY)
        shares[columns] += having / (span[1] - span[0] + 2 * _PRIOR)
    return lengths, np.log(shares / len(classes.sizes)).astype(np.float32)
