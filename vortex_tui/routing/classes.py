"""Which rows of an index are whose: the experts in their order, and last the base."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Sizes = npt.NDArray[np.int64]
# Experts that are looked at closely; a bank that has no more needs no shortlist.
SHORTLIST = 20
_NEAREST = 3


@dataclass(frozen=True)
class Classes:
    """``names`` of the experts; ``sizes`` (experts + 1,): exemplars of each, the base's last."""

    names: tuple[str, ...]
    sizes: Sizes

    @property
    def base(self) -> int:
        """The place of the base."""
        return len(self.names)

    @property
    def are_many(self) -> bool:
        """Whether a shortlist is needed."""
        return self.base > SHORTLIST

    @cached_property
    def edges(self) -> Sizes:
        """The first row of every class, and one past the last of all, (experts + 2,)."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.sizes)])

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First row and one past the last, of every class."""
        return list(zip(self.edges[:-1].tolist(), self.edges[1:].tolist(), strict=True))

    def span(self, place: int) -> tuple[int, int]:
        """The same for one class."""
        return int(self.edges[place]), int(self.edges[place + 1])

    def spans_of(self, chosen: Sizes) -> list[tuple[int, int]]:
        """The same for some classes, ascending; those that follow one another as one span."""
        first, last = runs(chosen)
        return list(zip(self.edges[first].tolist(), self.edges[last + 1].tolist(), strict=True))


def runs(chosen: Sizes) -> tuple[Sizes, Sizes]:
    """First and last of each run of numbers, ascending, that follow one another."""
    if not len(chosen):
        return chosen, chosen
    breaks = np.flatnonzero(chosen[1:] - chosen[:-1] != 1)
    return chosen[np.append(0, breaks + 1)], chosen[np.append(breaks, len(chosen) - 1)]


def means(values: Floats, sizes: Sizes) -> Floats:
    """The mean of each class's run of ``values``; 0 for a class without any."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    found: Floats = (np.bincount(owner, values, len(sizes)) / np.maximum(sizes, 1)).astype(np.float32)
    return found


def nearest(values: Floats, sizes: Sizes) -> Floats:
    """The mean of the three greatest of each class's run of ``values``; 0 for a class without any."""
    found = np.zeros(len(sizes), np.float32)
    first = np.cumsum(sizes) - sizes
    # Classes of one size together: most experts of a bank have as many exemplars as the others.
    for size in set(sizes.tolist()) - {0}:
        same = np.flatnonzero(sizes == size)
        greatest = values[first[same][:, None] + np.arange(size)]
        if size > _NEAREST:
            greatest = np.partition(greatest, size - _NEAREST, axis=1)[:, -_NEAREST:]
        found[same] = greatest.mean(axis=1)
    return found
