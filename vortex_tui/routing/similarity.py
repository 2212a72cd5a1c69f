"""Plain routers to be held against the fitted one: nearest centroid, nearest neighbours, logistic regression.

Each has the base as one more class, made of the base's own prompts, and is sure of nothing: what
is likeliest answers.
"""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Classes, Floats
from vortex_tui.routing.decision import BASE, Decision, Scored
from vortex_tui.routing.ground import Ground
from vortex_tui.routing.space import unit
from vortex_tui.routing.terms import bounded
from vortex_tui.routing.weighing import Policy, weigh

_NEIGHBOURS = 10
_SHARPNESS = 20.0
_PENALTY, _RATE, _STEPS = 1e-4, 4.0, 400


class Measure(Protocol):
    """From a prompt's centred unit vector (d,) to a share for each class, (classes,)."""

    def __call__(self, vector: Floats) -> Floats: ...


class Similar:
    """One of the plain modes, on the encoder's vectors."""

    def __init__(self, ground: Ground, mode: str, policy: Policy) -> None:
        self.mode: str = mode
        self._ground = ground
        self._policy = policy
        made = ground.material(dense=True)
        vectors = np.asarray(made.vectors, np.float32)
        self._centre = vectors.mean(axis=0)
        self._classes = made.classes
        self._measure = _MEASURES[mode](unit(vectors - self._centre), made.classes)

    def decide(self, prompt: str) -> Decision:
        """The class that a prompt is nearest to."""
        started = time.monotonic_ns()
        vector = unit(self._ground.encoded(bounded(prompt)) - self._centre)
        encoder_ms = (time.monotonic_ns() - started) / 1e6
        names = (*self._classes.names, BASE)
        shares = dict(zip(names, map(float, self._measure(vector)), strict=True))
        ranked = sorted(shares, key=lambda name: -shares[name])
        weights = {} if ranked[0] == BASE else weigh(_experts(shares), self._policy)
        candidates = tuple(Scored(name, shares[name], dense=shares[name]) for name in ranked)
        total_ms = (time.monotonic_ns() - started) / 1e6
        reason = f"{ranked[0]} is nearest with {shares[ranked[0]]:.3f}"
        return Decision(self.mode, weights, candidates, reason, encoder_ms, total_ms)


def _experts(shares: dict[str, float]) -> dict[str, float]:
    return {name: share for name, share in shares.items() if name != BASE}


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _centroid(rows: Floats, classes: Classes) -> Measure:
    centroids = unit(np.stack([rows[a:b].sum(axis=0) for a, b in classes.spans]))
    return lambda vector: _softmax(_SHARPNESS * (centroids @ vector))


def _knn(rows: Floats, classes: Classes) -> Measure:
    owner = np.repeat(np.arange(len(classes.sizes)), classes.sizes)

    def measure(vector: Floats) -> Floats:
        like = rows @ vector
        near = np.argsort(-like, kind="stable")[:_NEIGHBOURS]
        votes = np.bincount(owner[near], np.maximum(like[near], 1e-6), len(classes.sizes))
        shares: Floats = (votes / votes.sum()).astype(np.float32)
        return shares

    return measure


def _logistic(rows: Floats, classes: Classes) -> Measure:
    """Multinomial logistic regression, classes balanced, by gradient descent: it is convex and small."""
    owner = np.repeat(np.arange(len(classes.sizes)), classes.sizes)
    targets = np.eye(len(classes.sizes), dtype=np.float32)[owner]
    inputs = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], 1)
    weights: npt.NDArray[np.float32] = np.zeros((inputs.shape[1], len(classes.sizes)), np.float32)
    momentum = np.zeros_like(weights)
    present = np.maximum(classes.sizes, 1)
    share = (1 / (np.count_nonzero(classes.sizes) * present))[owner][:, None].astype(np.float32)
    for _ in range(_STEPS):
        gradient = inputs.T @ (share * (_softmax(inputs @ weights) - targets)) + _PENALTY * weights
        momentum = 0.9 * momentum + gradient
        weights -= _RATE * momentum
    return lambda vector: _softmax(np.append(vector, np.float32(1.0)) @ weights)


_MEASURES = {"centroid": _centroid, "knn": _knn, "logistic": _logistic}
