"""What a bank's exemplars look like: the lexical views, the dense one, and the way to a shortlist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vortex_tui.routing import recall, space, spacing, view, viewing
from vortex_tui.routing.classes import Classes, Floats, Sizes
from vortex_tui.routing.material import Material
from vortex_tui.routing.query import Query
from vortex_tui.routing.recall import Postings
from vortex_tui.routing.space import Space
from vortex_tui.routing.terms import VIEWS, terms
from vortex_tui.routing.view import View

LEXICAL = tuple(f"{name}_{feature}" for name in VIEWS for feature in view.FEATURES)
DENSE = tuple(f"dense_{feature}" for feature in space.FEATURES)
FEATURES = (*LEXICAL, *DENSE)
# Of an expert's exemplars, how many tell why it was chosen.
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Index:
    """The views of the experts' exemplars and of the base's."""

    classes: Classes
    views: tuple[View, ...]
    space: Space | None
    postings: Postings | None

    @property
    def has_meaning(self) -> bool:
        """Whether the encoder tells the experts' own exemplars apart better than chance."""
        return self.space is not None and self.space.tells

    def place(self, vector: Floats) -> Floats:
        """Where the dense view puts an encoder's vector, (k,)."""
        if self.space is None:
            raise ValueError("the index has no dense view")
        return self.space.query(vector)

    def look(self, prompt: str) -> tuple[Query, ...]:
        """A prompt's terms, a query a view."""
        return tuple(one.query(counted) for one, counted in zip(self.views, terms(prompt), strict=True))

    def lexical(self, queries: Sequence[Query], chosen: Sizes) -> Floats:
        """The features ``LEXICAL`` of a prompt for some classes, (chosen, 9)."""
        pairs = zip(self.views, queries, strict=True)
        return np.concatenate([one.features(query, self.classes, chosen) for one, query in pairs], 1)

    def dense(self, placed: Floats, chosen: Sizes) -> Floats:
        """The features ``DENSE`` of a prompt that the space has placed, (chosen, 3)."""
        if self.space is None:
            return np.zeros((len(chosen), len(DENSE)), np.float32)
        return self.space.features(placed, self.classes, chosen)

    def nearest(self, queries: Sequence[Query] | None, placed: Floats | None, place: int) -> list[int]:
        """The exemplars of a class that are most like a prompt, the nearest first, by their number there."""
        if placed is not None and self.space is not None:
            like = self.space.like(placed, self.classes, place)
        else:
            like = self.views[-1].like((queries or ())[-1], self.classes, place)
        return [int(row) for row in np.argsort(-like, kind="stable")[:_TOLD]]

    def shortlist(self, queries: Sequence[Query] | None, placed: Floats | None) -> Sizes:
        """Places of the experts that are looked at closely, ascending."""
        if self.postings is None:
            return np.arange(self.classes.base)
        by_words = self.postings.scores(queries[0], self.classes.base) if queries else None
        by_meaning = self.space.likeness(placed) if placed is not None and self.space else None
        return recall.shortlist(by_words, by_meaning)


def build(made: Material) -> Index:
    """The index of this material."""
    views = tuple(viewing.build(one, made.classes) for one in made.terms)
    dense = None if made.vectors is None else spacing.build(made.vectors, made.classes)
    found = recall.postings(views[0], made.classes) if made.classes.are_many else None
    return Index(made.classes, views, dense, found)
