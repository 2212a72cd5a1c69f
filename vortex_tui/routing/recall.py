"""Which experts are looked at closely: those that words or meaning bring up, fused by their ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import SHORTLIST, Classes, Floats, Sizes
from vortex_tui.routing.query import Query
from vortex_tui.routing.rows import cut
from vortex_tui.routing.terms import COLUMNS
from vortex_tui.routing.view import View
from vortex_tui.routing.viewing import centroid

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
        first, last = self.starts[query.columns], self.starts[query.columns + 1]
        kept = np.argsort(last - first, kind="stable")[:_TERMS]
        cuts = list(zip(first[kept].tolist(), last[kept].tolist(), strict=True))
        weights = np.repeat(query.weights[kept], (last - first)[kept]) * cut(self.weights, cuts)
        found: Floats = np.bincount(cut(self.owners, cuts), weights, experts).astype(np.float32)
        return found


def postings(view: View, classes: Classes) -> Postings:
    """The experts of each term of a view; weights are of unit centroids."""
    columns, owners, weights = [], [], []
    for place, size in enumerate(classes.sizes[:-1].tolist()):
        found, mean, _ = centroid(view.table, place, size)
        columns.append(found)
        owners.append(np.full(len(found), place, np.uint32))
        weights.append((mean / view.centroids[place]).astype(np.float16))
    every = np.concatenate(columns)
    order = np.argsort(every, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(every, minlength=COLUMNS))])
    return Postings(starts, np.concatenate(owners)[order], np.concatenate(weights)[order])


def shortlist(lexical: Floats | None, dense: Floats | None) -> Sizes:
    """The experts that the scores (experts,) bring up, at most ``SHORTLIST``, in their own order."""
    given = [scores for scores in (lexical, dense) if scores is not None]
    fused = (
        given[0] if len(given) == 1 else np.sum([1 / (_RANK + _ranks(scores)) for scores in given], axis=0)
    )
    return np.sort(_best(fused))


def _best(scores: npt.NDArray[np.floating[Any]]) -> Sizes:
    """The places of the greatest scores; of equal ones the first. Without putting thousands in order."""
    least = np.partition(scores, -SHORTLIST)[-SHORTLIST] if len(scores) > SHORTLIST else -np.inf
    among = np.flatnonzero(scores >= least)
    best: Sizes = among[np.argsort(-scores[among], kind="stable")[:SHORTLIST]]
    return best


def _ranks(scores: Floats) -> Sizes:
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks
