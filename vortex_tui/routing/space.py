"""The dense view of a bank: encoder vectors in a space where what experts' own prompts vary in counts little.

Whitening by the scatter within the classes makes the nearest centroid the linear discriminant (Fisher;
within-class covariance normalisation: Hatch, Kajarekar and Stolcke, Interspeech 2006). It belongs to the
encoder and the bank as a whole; an expert's own part is its exemplars and their mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Classes, Floats, Sizes, nearest

FEATURES = ("discriminant", "centroid", "nearest")
DIMENSIONS = 256
# Rows that the whitening is estimated on, and how far it is shrunk: more where rows are few.
_SAMPLE = 20_000
_SHRINKAGE, _SHRINKAGE_PER_ROW = 0.03, 0.1
# Of all scatter, what experts' own counts for at least: of one exemplar each there is none to estimate.
_LEAST_SCATTER = 0.01
# A view that finds fewer experts than this beyond chance is not listened to; measured on so many rows.
_LEAST_RELIABILITY, _PROBES = 0.2, 512
# Bytes of rows that are kept as they are computed with.
_SMALL = 32 * 1024 * 1024
_TINY = np.float32(1e-9)


@dataclass(frozen=True, slots=True)
class Space:
    """``centre`` (d,), ``whitening`` (d, k); ``rows`` (rows, k) unit vectors; ``centroids`` (classes, k)."""

    centre: Floats
    whitening: Floats
    rows: npt.NDArray[np.float16] | Floats
    centroids: Floats
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
        centroids = self.centroids[chosen]
        direction = unit(query)
        own = np.einsum("ij,ij->i", centroids, centroids)
        discriminant = (centroids @ query - own / 2) / np.sqrt(len(query))
        lengths = np.maximum(np.sqrt(own), _TINY)
        spans = classes.spans_of(chosen)
        like = np.concatenate(
            [self.rows[first:last].astype(np.float32, copy=False) @ direction for first, last in spans]
        )
        found = (discriminant, centroids @ direction / lengths, nearest(like, classes.sizes[chosen]))
        return np.stack(found, 1).astype(np.float32)

    def like(self, query: Floats, classes: Classes, place: int) -> Floats:
        """Cosine of a prompt to each exemplar of a class, (exemplars,)."""
        first, last = classes.spans[place]
        found: Floats = self.rows[first:last].astype(np.float32, copy=False) @ unit(query)
        return found

    def likeness(self, query: Floats) -> Floats:
        """Cosine of a prompt to each expert's centroid, (experts,)."""
        found: Floats = unit(self.centroids[:-1]) @ unit(query)
        return found


def _compact(rows: Floats) -> npt.NDArray[np.float16] | Floats:
    """Of a large bank in 16 bits: what is looked at closely is converted, the rest stays on the disk."""
    return rows if rows.nbytes <= _SMALL else rows.astype(np.float16)


def unit(vectors: Floats) -> Floats:
    """Vectors of unit length; zero stays zero."""
    scaled: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _TINY)
    return scaled


def build(vectors: Floats, classes: Classes) -> Space:
    """A space from the encoder's vectors (rows, d) of the classes' exemplars."""
    centre = vectors.mean(axis=0)
    placed = unit(vectors - centre)
    whitening = _whitening(placed, classes)
    rows = placed @ whitening
    centroids = np.stack(
        [rows[a:b].mean(axis=0) if b > a else np.zeros(rows.shape[1]) for a, b in classes.spans]
    )
    centroids = centroids.astype(np.float32)
    reliability = np.array([_reliability(rows, centroids, classes)], np.float32)
    return Space(centre, whitening, _compact(unit(rows)), centroids, reliability)


def _reliability(rows: Floats, centroids: Floats, classes: Classes) -> float:
    """Better than chance, on a sample, with the centroid of its own expert made without it."""
    owner = np.repeat(np.arange(classes.base), classes.sizes[:-1])
    if classes.base < 2:
        return 1.0
    sample = np.arange(0, len(owner), max(1, len(owner) // _PROBES))
    own, asked = owner[sample], rows[sample]
    count = classes.sizes[own][:, None]
    without = (centroids[own] * count - asked) / np.maximum(count - 1, 1)
    scores = asked @ centroids[:-1].T - np.einsum("ij,ij->i", centroids[:-1], centroids[:-1]) / 2
    scores[np.arange(len(own)), own] = np.einsum("ij,ij->i", asked - without / 2, without)
    chance = 1 / classes.base
    return float(((scores.argmax(axis=1) == own).mean() - chance) / (1 - chance))


def _whitening(placed: Floats, classes: Classes) -> Floats:
    """Inverse root of the experts' pooled scatter, in the leading directions, (d, k)."""
    step = max(1, len(placed) // _SAMPLE)
    basis = _leading(placed[::step])
    reduced = placed @ basis
    experts = [reduced[first:last:step] for first, last in classes.spans[:-1] if last > first]
    within = np.concatenate([rows - rows.mean(axis=0) for rows in experts] or [reduced[:1] * 0])
    scatter = within.T @ within / len(within)
    size = len(scatter)
    shrinkage = _SHRINKAGE + _SHRINKAGE_PER_ROW * size / len(within)
    level = max(float(np.trace(scatter)) / size, _LEAST_SCATTER * float(np.square(reduced).mean()), 1e-9)
    root = np.linalg.cholesky(scatter + shrinkage * level * np.eye(size))
    whitening: Floats = (basis @ np.linalg.inv(root).T).astype(np.float32)
    return whitening


def _leading(placed: Floats) -> Floats:
    """The directions in which rows differ most, (d, k): all of them where there are few."""
    width = placed.shape[1]
    if width <= DIMENSIONS:
        return np.eye(width, dtype=np.float32)
    _, directions = np.linalg.eigh(placed.T @ placed)
    leading: Floats = directions[:, -DIMENSIONS:].astype(np.float32)
    return leading
