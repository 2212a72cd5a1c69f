"""The dense view of a bank: encoder vectors in a space where what experts' own prompts vary in counts little.

Whitening by the scatter within the classes makes the nearest centroid the linear discriminant (Fisher;
within-class covariance normalisation: Hatch, Kajarekar and Stolcke, Interspeech 2006). It belongs to the
encoder and the bank as a whole; an expert's own part is its exemplars and their mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vortex_tui.routing.classes import Classes, Floats, Sizes, nearest
from vortex_tui.routing.rows import Spans, Stored

FEATURES = ("discriminant", "centroid", "nearest")
# A view that finds fewer experts than this beyond chance is not listened to.
_LEAST_RELIABILITY = 0.2
TINY = np.float32(1e-9)


@dataclass(frozen=True, slots=True)
class Space:
    """``centre`` (d,), ``whitening`` (d, k); ``rows`` (rows, k) unit vectors; ``centroids`` (classes, k).

    ``lengths`` (classes,): of the centroids, never 0.
    """

    centre: Floats
    whitening: Floats
    rows: Stored[np.float32]
    centroids: Floats
    lengths: Floats
    reliability: Floats

    @property
    def tells(self) -> bool:
        """Whether left-out exemplars find their experts clearly more often than by chance."""
        return float(self.reliability[0]) >= _LEAST_RELIABILITY

    def query(self, vector: Floats) -> Floats:
        """An encoder's vector (d,) in this space, (k,)."""
        placed: Floats = unit(vector - self.centre) @ self.whitening
        return placed

    def features(self, query: Floats, classes: Classes, chosen: Sizes) -> Floats:
        """``FEATURES`` of a prompt for the ``chosen`` classes, (chosen, 3)."""
        centroids, lengths = self.centroids[chosen], self.lengths[chosen]
        direction = unit(query)
        discriminant = (centroids @ query - lengths**2 / 2) / np.sqrt(len(query))
        like = self._likeness(direction, classes.spans_of(chosen))
        found = (discriminant, centroids @ direction / lengths, nearest(like, classes.sizes[chosen]))
        return np.stack(found, 1).astype(np.float32)

    def like(self, query: Floats, classes: Classes, place: int) -> Floats:
        """Cosine of a prompt to each exemplar of a class, (exemplars,)."""
        return self._likeness(unit(query), [classes.span(place)])

    def likeness(self, query: Floats) -> Floats:
        """Cosine of a prompt to each expert's centroid, (experts,)."""
        found: Floats = self.centroids[:-1] @ unit(query) / self.lengths[:-1]
        return found

    def _likeness(self, direction: Floats, spans: Spans) -> Floats:
        """Of each row of these spans. Not in one piece: the base's rows are a megabyte to copy."""
        return np.concatenate([self.rows[first:last] @ direction for first, last in spans])


def unit(vectors: Floats) -> Floats:
    """Vectors of unit length; zero stays zero."""
    scaled: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), TINY)
    return scaled
