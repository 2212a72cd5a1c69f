"""Which experts are looked at closely: those that words or meaning bring up, fused by their ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Classes, Floats, Sizes
from vortex_tui.routing.terms import COLUMNS
from vortex_tui.routing.view import Query, View, centroid

SHORTLIST = 20
# Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
_RANK = 60.0
# The rarest terms of a prompt find its experts; what every expert has finds none.
_TERMS = 64


@dataclass(frozen=True, slots=True)
class Postings:
    """``starts`` (columns + 1,), ``owners`` and ``weights`` (entries,): each term's experts and weights."""

    starts: npt.NDArray[np.int64]
    owners: npt.NDArray[np.uint32]
    weights: npt.NDArray[np.float16]

    def scores(self, query: Query, experts: int) -> Floats:
        """How much of the prompt each expert's mean exemplar has, (experts,)."""
        lengths = self.starts[query.columns + 1] - self.starts[query.columns]
        kept = np.argsort(lengths, kind="stable")[:_TERMS]
        found = np.zeros(experts, np.float32)
        for term in kept:
            entries = slice(*self.starts[int(query.columns[term]) :][:2].tolist())
            found[self.owners[entries]] += query.weights[term] * self.weights[entries]
        return found


def postings(view: View, classes: Classes) -> Postings:
    """The experts of each term of a view; weights are of unit centroids."""
    columns, owners, weights = [], [], []
    for place, span in enumerate(classes.spans[:-1]):
        found, mean, _ = centroid(view.rows, view.units, span)
        columns.append(found)
        owners.append(np.full(len(found), place, np.uint32))
        weights.append((mean / view.centroids[place]).astype(np.float16))
    every = np.concatenate(columns)
    order = np.argsort(every, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(every, minlength=COLUMNS))])
    return Postings(starts, np.concatenate(owners)[order], np.concatenate(weights)[order])


def shortlist(lexical: Floats | None, dense: Floats | None) -> Sizes:
    """The experts that the scores (experts,) bring up, at most ``SHORTLIST``, in their own order."""
    fused = sum(1 / (_RANK + _ranks(scores)) for scores in (lexical, dense) if scores is not None)
    return np.sort(np.argsort(-np.asarray(fused), kind="stable")[:SHORTLIST])


def _ranks(scores: Floats) -> Sizes:
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks
