"""Which rows of an index are whose: the experts in their order, and last the base."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Sizes = npt.NDArray[np.int64]
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Classes:
    """``names`` of the experts; ``sizes`` (experts + 1,): exemplars of each, the base's last."""

    names: tuple[str, ...]
    sizes: Sizes

    @property
    def base(self) -> int:
        """The place of the base."""
        return len(self.names)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First row and one past the last, of every class."""
        ends = np.cumsum(self.sizes)
        return list(zip((ends - self.sizes).tolist(), ends.tolist(), strict=True))

    def spans_of(self, chosen: Sizes) -> list[tuple[int, int]]:
        """The same for some classes, ascending; those that follow one another as one span."""
        first = np.cumsum(self.sizes) - self.sizes
        breaks = np.flatnonzero(np.diff(chosen) != 1) + 1
        runs = np.split(chosen, breaks)
        return [(int(first[run[0]]), int(first[run[-1]] + self.sizes[run[-1]])) for run in runs]


def means(values: Floats, sizes: Sizes) -> Floats:
    """The mean of each class's run of ``values``; 0 for a class without any."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    found: Floats = (np.bincount(owner, values, len(sizes)) / np.maximum(sizes, 1)).astype(np.float32)
    return found


def nearest(values: Floats, sizes: Sizes) -> Floats:
    """The mean of the three greatest of each class's run of ``values``; 0 for a class without any."""
    ends = np.cumsum(sizes)
    runs = (values[end - size : end] for end, size in zip(ends.tolist(), sizes.tolist(), strict=True))
    return np.fromiter(map(_greatest, runs), np.float32, len(sizes))


def _greatest(run: Floats) -> float:
    if len(run) > _NEAREST:
        run = np.partition(run, len(run) - _NEAREST)[-_NEAREST:]
    return float(run.sum()) / len(run) if len(run) else 0.0
