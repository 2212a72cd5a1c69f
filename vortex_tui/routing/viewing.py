"""Building a view: what its rows' terms weigh, a block of rows at a time, so that a large bank fits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from vortex_tui.routing import table
from vortex_tui.routing.classes import Classes
from vortex_tui.routing.rows import Floats, Rows
from vortex_tui.routing.table import Counts, Table
from vortex_tui.routing.terms import COLUMNS
from vortex_tui.routing.view import PRIOR, TINY, View, tf

_BLOCK = 1 << 14

Units = npt.NDArray[np.float16]


def build(rows: Rows, classes: Classes) -> View:
    """A view of these rows, whose classes follow one another."""
    documents = np.zeros(COLUMNS, np.int64)
    for block in _blocks(rows):
        documents += np.bincount(rows.entries(rows.columns, [block]), minlength=COLUMNS)
    idf = np.where(documents > 0, np.log((1 + len(rows)) / (1 + documents)) + 1, 0.0).astype(np.float32)
    units = np.concatenate([_units(rows.take([block]), idf) for block in _blocks(rows)])
    made = table.of(rows, units, classes)
    lengths, common = _classes(made, classes)
    return View(made, idf, common, lengths, np.array([_rarest(len(rows))], np.float32))


def _rarest(rows: int) -> float:
    """The inverse document frequency of a term that one row has."""
    return float(np.log((1 + rows) / 2) + 1)


def _blocks(rows: Rows) -> Iterator[tuple[int, int]]:
    return ((first, min(first + _BLOCK, len(rows))) for first in range(0, max(len(rows), 1), _BLOCK))


def _units(rows: Rows, idf: Floats) -> Units:
    """TF-IDF weights of rows, each row of unit length."""
    owner = np.repeat(np.arange(len(rows)), rows.lengths)
    weights = tf(rows.counts[:].astype(np.float32)) * idf[rows.columns[:]]
    norms = np.sqrt(np.bincount(owner, weights * weights, len(rows)))
    return (weights / norms[owner]).astype(np.float16)


def centroid(made: Table, place: int, size: int) -> tuple[npt.NDArray[np.uint32], Floats, Counts]:
    """Columns of a class of ``size`` rows, their weights in its mean row, and how many rows have each."""
    columns, having, sums = made.of_class(place)
    return columns, (sums / max(1, size)).astype(np.float32), having


def _classes(made: Table, classes: Classes) -> tuple[Floats, Floats]:
    """The length of each class's mean row, and each term's mean share as a logarithm."""
    lengths = np.full(len(classes.sizes), TINY)
    shares = np.full(COLUMNS, (PRIOR / (classes.sizes + 2 * PRIOR)).sum())
    for place, size in enumerate(classes.sizes.tolist()):
        columns, mean, having = centroid(made, place, size)
        lengths[place] = max(np.sqrt(mean @ mean), TINY)
        shares[columns] += having / (size + 2 * PRIOR)
    return lengths, np.log(shares / len(classes.sizes)).astype(np.float32)
