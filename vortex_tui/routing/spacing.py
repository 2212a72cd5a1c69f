"""Building a space: the whitening on a sample of the rows, then class by class, so that a large bank fits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Classes, Floats, Sizes
from vortex_tui.routing.space import TINY, Space, unit

DIMENSIONS = 256
# Rows that the whitening is estimated on, and how far it is shrunk: more where rows are few.
_SAMPLE = 20_000
_SHRINKAGE, _SHRINKAGE_PER_ROW = 0.03, 0.1
# Rows that the reliability is measured on.
_PROBES = 512
# Of all scatter, what experts' own counts for at least: of one exemplar each there is none to estimate.
_LEAST_SCATTER = 0.01

Vectors = npt.NDArray[np.float16] | Floats


def build(vectors: Vectors, classes: Classes) -> Space:
    """A space from the encoder's vectors (rows, d) of the classes' exemplars."""
    centre = vectors.mean(axis=0, dtype=np.float32)
    whitening = _whitening(vectors, centre, classes)
    width = whitening.shape[1]
    # Not in 16 bits, which would halve their file: to convert them took half of a decision.
    rows = np.zeros((len(vectors), width), np.float32)
    centroids = np.zeros((len(classes.sizes), width), np.float32)
    for place, (first, last) in enumerate(classes.spans):
        if last > first:
            own = unit(vectors[first:last] - centre) @ whitening
            rows[first:last], centroids[place] = unit(own), own.mean(axis=0)
    lengths = np.maximum(np.linalg.norm(centroids, axis=1), TINY)
    asked = _probes(classes)
    reliability = _reliability(unit(vectors[asked] - centre) @ whitening, asked, centroids, classes)
    return Space(centre, whitening, rows, centroids, lengths, np.array([reliability], np.float32))


def _probes(classes: Classes) -> Sizes:
    """Numbers of some experts' rows, evenly spaced."""
    count = int(classes.edges[-2])
    return np.arange(0, count, max(1, count // _PROBES))


def _reliability(asked: Floats, numbers: Sizes, centroids: Floats, classes: Classes) -> float:
    """Better than chance, on a sample, with the centroid of its own expert made without it."""
    if classes.base < 2:
        return 1.0
    own = np.searchsorted(classes.edges, numbers, side="right") - 1
    count = classes.sizes[own][:, None]
    without = (centroids[own] * count - asked) / np.maximum(count - 1, 1)
    scores = asked @ centroids[:-1].T - np.einsum("ij,ij->i", centroids[:-1], centroids[:-1]) / 2
    scores[np.arange(len(own)), own] = np.einsum("ij,ij->i", asked - without / 2, without)
    chance = 1 / classes.base
    return float(((scores.argmax(axis=1) == own).mean() - chance) / (1 - chance))


def _whitening(vectors: Vectors, centre: Floats, classes: Classes) -> Floats:
    """Inverse root of the experts' pooled scatter, in the leading directions, (d, k)."""
    step = max(1, len(vectors) // _SAMPLE)
    sample = unit(vectors[::step] - centre)
    basis = _leading(sample)
    spans = (span for span in classes.spans[:-1] if span[1] > span[0])
    experts = [unit(vectors[first:last:step] - centre) @ basis for first, last in spans]
    within = np.concatenate([rows - rows.mean(axis=0) for rows in experts] or [sample[:1] @ basis * 0])
    scatter = within.T @ within / len(within)
    size = len(scatter)
    shrinkage = _SHRINKAGE + _SHRINKAGE_PER_ROW * size / len(within)
    least = _LEAST_SCATTER * float(np.square(sample @ basis).mean())
    level = max(float(np.trace(scatter)) / size, least, float(TINY))
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
