"""The terms of exemplars, class by class and within a class term by term: what a prompt lacks is passed over.

A class's part of an array lies in one piece, so that a few experts can be read from a file without the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Classes, Sizes, runs
from vortex_tui.routing.query import Matches, Query
from vortex_tui.routing.rows import Rows, Stored, cut

Counts = npt.NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """``bounds`` (classes + 1, 2): where each class's terms and entries start; an entry is a term of a row.

    ``columns`` (terms,), ascending within a class, and ``having`` (terms,), how many of its rows have each.
    ``rows`` (entries,), counted within the class, with the term's ``units`` weight and its ``counts`` there.
    """

    bounds: Sizes
    columns: Stored[np.uint32]
    having: Stored[np.unsignedinteger[Any]]
    rows: Stored[np.unsignedinteger[Any]]
    units: Stored[np.float16]
    counts: Stored[np.uint8]

    def matches(
        self, query: Query, places_of: npt.NDArray[np.int16], classes: Classes, chosen: Sizes
    ) -> Matches:
        """What the rows of the ``chosen`` classes, ascending, share with a query.

        ``places_of`` (columns,) are places in the query, -1 for a column that it does not have.
        """
        terms, entries = self._cuts(chosen)
        every = places_of.take(cut(self.columns, terms).astype(np.int64), mode="clip")  # faster than [ ]
        shared = np.flatnonzero(every >= 0)
        having = cut(self.having, terms).astype(np.int64)
        lengths = having[shared]
        wanted = ranges((np.cumsum(having) - having)[shared], lengths)
        owners = self._owners(shared, chosen)
        sizes = classes.sizes[chosen]
        offsets = (np.cumsum(sizes) - sizes)[owners]
        places = every[shared].astype(np.int64)
        weights = np.repeat(query.weights[places], lengths) * cut(self.units, entries)[wanted].astype(
            np.float32
        )
        rows = np.repeat(offsets, lengths) + cut(self.rows, entries)[wanted]
        return Matches(owners, places, lengths, rows, weights)

    def of_class(self, place: int) -> tuple[npt.NDArray[np.uint32], Counts, npt.NDArray[np.float64]]:
        """Columns of a class, how many rows have each, and the sum of its weights over the rows."""
        (terms,), (entries,) = self._cuts(np.array([place]))
        columns, having = self.columns[slice(*terms)], self.having[slice(*terms)]
        owner = np.repeat(np.arange(len(columns)), having)
        sums = np.bincount(owner, weights=self.units[slice(*entries)], minlength=len(columns))
        return columns, having, sums.astype(np.float64)

    def counted(self, place: int, size: int) -> Rows:
        """The rows of a class as they were counted; terms of a row in the order of their columns."""
        (terms,), (entries,) = self._cuts(np.array([place]))
        rows = self.rows[slice(*entries)]
        order = np.argsort(rows, kind="stable")
        columns = np.repeat(self.columns[slice(*terms)], self.having[slice(*terms)])
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(rows, minlength=size))])
        return Rows(starts, columns[order], self.counts[slice(*entries)][order])

    def _cuts(self, chosen: Sizes) -> tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]]:
        first, last = runs(chosen)
        terms, entries = self.bounds[first], self.bounds[last + 1]
        return (
            list(zip(terms[:, 0].tolist(), entries[:, 0].tolist(), strict=True)),
            list(zip(terms[:, 1].tolist(), entries[:, 1].tolist(), strict=True)),
        )

    def _owners(self, shared: Sizes, chosen: Sizes) -> Sizes:
        """Which of the chosen classes each of their terms ``shared`` belongs to."""
        ends = np.cumsum(self.bounds[chosen + 1, 0] - self.bounds[chosen, 0])
        return np.searchsorted(ends, shared, side="right")


def ranges(first: Sizes, lengths: Sizes) -> Sizes:
    """The numbers first, first + 1, … of each of several ranges, one range after the other."""
    ends = np.cumsum(lengths)
    found: Sizes = np.arange(int(lengths.sum())) + np.repeat(first - (ends - lengths), lengths)
    return found


def of(rows: Rows, units: npt.NDArray[np.float16], classes: Classes) -> Table:
    """A table of these rows, whose classes follow one another; ``units`` (entries,) are their weights."""
    number = np.min_scalar_type(int(classes.sizes.max()))
    numbers, weights, counts = (np.empty(len(units), kind) for kind in (number, np.float16, np.uint8))
    columns, having = [], []
    for first, last in classes.spans:
        entries = slice(int(rows.starts[first]), int(rows.starts[last]))
        order = np.argsort(rows.columns[entries], kind="stable")
        owners = np.repeat(np.arange(last - first), np.diff(rows.starts[first : last + 1]))
        numbers[entries], weights[entries] = owners[order], units[entries][order]
        counts[entries] = rows.counts[entries][order]
        distinct, times = np.unique(rows.columns[entries], return_counts=True)
        columns.append(distinct)
        having.append(times.astype(number))
    terms = np.cumsum([0, *map(len, columns)])
    bounds = np.stack([terms, rows.starts[classes.edges]], 1)
    return Table(bounds, np.concatenate(columns), np.concatenate(having), numbers, weights, counts)
