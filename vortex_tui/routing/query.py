"""A prompt's terms as a view weighs them, and where exemplars share them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Query:
    """Known ``columns`` of a prompt with their ``weights``; of unit length together with the unknown ones."""

    columns: npt.NDArray[np.uint32]
    weights: Floats


@dataclass(frozen=True, slots=True)
class Matches:
    """What the rows of some classes share with a query.

    For each term that a class shares (shared,): ``owners``, which of the classes; ``places`` of the term in
    the query; ``having``, how many rows have it. For each of those rows (entries,): ``rows``, counted from
    the first row of all classes; ``likeness``, what the term adds to its cosine.
    """

    owners: Places
    places: Places
    having: Places
    rows: Places
    likeness: Floats
