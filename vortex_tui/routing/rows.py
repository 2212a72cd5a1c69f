"""Texts as rows of hashed terms: compressed sparse rows, in arrays that may lie in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.slices import Slices

T = TypeVar("T", bound=np.generic)

# In memory, or in a file of which parts are read as they are wanted.
Stored: TypeAlias = npt.NDArray[T] | Slices[T]
Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]
Spans = Sequence[tuple[int, int]]
_MOST = 255


@dataclass(frozen=True, slots=True)
class Rows:
    """``starts`` (rows + 1,), ``columns`` and ``counts`` (entries,): CSR without the zeros."""

    starts: Places
    columns: Stored[np.uint32]
    counts: Stored[np.uint8]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Places:
        """Entries of each row."""
        return np.diff(self.starts)

    def take(self, spans: Spans) -> Rows:
        """The rows of these spans (first, one past the last), one after the other."""
        return Rows(
            self.starts_of(spans), self.entries(self.columns, spans), self.entries(self.counts, spans)
        )

    def starts_of(self, spans: Spans) -> Places:
        """Where each row of these spans starts when they follow one another, (rows + 1,)."""
        lengths = [np.diff(self.starts[first : last + 1]) for first, last in spans]
        return np.cumsum(np.concatenate([np.zeros(1, np.int64), *lengths]))

    def entries(self, values: Stored[T], spans: Spans) -> npt.NDArray[T]:
        """Those of ``values`` (entries,) that belong to rows of these spans."""
        return cut(values, [(int(self.starts[first]), int(self.starts[last])) for first, last in spans])


def cut(values: Stored[T], cuts: Spans) -> npt.NDArray[T]:
    """These cuts (first, one past the last) of an array, one after the other."""
    if isinstance(values, Slices):
        return values.take(cuts)
    return np.concatenate([values[first:last] for first, last in cuts]) if cuts else values[:0]


def of(texts: Iterable[Counter[int]]) -> Rows:
    """Rows of counted terms."""
    starts, columns, counts = [0], [], []
    for counted in texts:
        columns.append(np.fromiter(counted.keys(), np.uint32, len(counted)))
        counts.append(np.fromiter((min(n, _MOST) for n in counted.values()), np.uint8, len(counted)))
        starts.append(starts[-1] + len(counted))
    nothing = np.zeros(0)
    return Rows(
        np.array(starts, np.int64),
        np.concatenate([*columns, nothing.astype(np.uint32)]),
        np.concatenate([*counts, nothing.astype(np.uint8)]),
    )


def join(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, one after the other."""
    lengths = [part.lengths for part in parts]
    return Rows(
        np.cumsum(np.concatenate([[0], *lengths])),
        np.concatenate([part.columns[:] for part in parts]),
        np.concatenate([part.counts[:] for part in parts]),
    )
