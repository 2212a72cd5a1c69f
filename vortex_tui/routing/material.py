"""What an index is made of: the exemplars' terms and vectors, class by class, the base's last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vortex_tui.routing import rows
from vortex_tui.routing.classes import Classes, Floats
from vortex_tui.routing.rows import Rows
from vortex_tui.routing.source import Source
from vortex_tui.routing.terms import VIEWS, terms
from vortex_tui.routing.vectors import Encode

# Term rows of exemplars by the digest of their source: what an earlier index knows already.
Known = Mapping[str, tuple[Rows, ...]]


@dataclass(frozen=True, slots=True)
class Material:
    """``terms``: rows of each view. ``vectors`` (rows, d): the encoder's, or None without one."""

    classes: Classes
    terms: tuple[Rows, ...]
    vectors: npt.NDArray[np.float16] | Floats | None

    def only(self, kept: npt.NDArray[np.bool_]) -> Material:
        """The same with some rows, ``kept`` (rows,)."""
        places = np.flatnonzero(kept)
        owner = np.repeat(np.arange(len(self.classes.sizes)), self.classes.sizes)
        sizes = np.bincount(owner[places], minlength=len(self.classes.sizes))
        spans = [(int(place), int(place) + 1) for place in places]
        vectors = None if self.vectors is None else self.vectors[places]
        views = tuple(one.take(spans) for one in self.terms)
        return Material(Classes(self.classes.names, sizes), views, vectors)


def gather(sources: Sequence[Source], base: Source, encode: Encode | None, known: Known) -> Material:
    """Read, count and encode the exemplars of all sources; terms that are ``known`` are not counted again."""
    every = [*sources, base]
    texts = [source.read() for source in every]
    sizes = np.array([len(each) for each in texts], np.int64)
    counted = [_counted(source, each, known) for source, each in zip(every, texts, strict=True)]
    views = tuple(rows.join([one[place] for one in counted]) for place in range(len(VIEWS)))
    vectors = None if encode is None else encode([text for each in texts for text in each])
    return Material(Classes(tuple(source.name for source in sources), sizes), views, vectors)


def _counted(source: Source, texts: Sequence[str], known: Known) -> tuple[Rows, ...]:
    earlier = known.get(source.digest)
    # A file may have changed between its digest and its reading: then earlier rows are of other texts.
    return earlier if earlier and len(earlier[0]) == len(texts) else counts(texts)


def counts(texts: Sequence[str]) -> tuple[Rows, ...]:
    """Term rows of some texts, a set a view."""
    counted = [terms(text) for text in texts]
    return tuple(rows.of([one[place] for one in counted]) for place in range(len(VIEWS)))
