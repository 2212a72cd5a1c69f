"""Fitting a head: conditional logit by Newton's method, its calibration by the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Floats
from vortex_tui.routing.head import Head

Doubles = npt.NDArray[np.float64]
_RIDGE = 2e-3
_STEPS = 60
_ENOUGH = 1e-9


def fit(features: Floats, targets: Floats, names: Sequence[str]) -> Head:
    """A head from candidates' features (prompts, candidates, features), the base last.

    ``targets`` (prompts, candidates) are the shares of the candidates that should answer; rows sum to 1.
    """
    mean, scale = features.mean(axis=(0, 1)), features.std(axis=(0, 1)) + 1e-6
    solved = _newton(_design((features - mean) / scale), targets.astype(np.float64))
    count = len(names)
    return Head(
        features=tuple(names),
        mean=tuple(map(float, mean)),
        scale=tuple(map(float, scale)),
        expert=tuple(solved[:count]),
        base=tuple(solved[count:-1]),
        bias=solved[-1],
    )


def calibrated(head: Head, features: Floats, targets: Floats) -> Head:
    """The head with slope and shift (Platt scaling, of a choice) fitted on prompts it was not fitted on.

    Without such prompts it is believed as it stands.
    """
    plain = head.model_copy(update={"slope": 1.0, "shift": 0.0})
    if not len(features):
        return plain
    utilities = plain.utilities(features).astype(np.float64)
    shifts = np.zeros_like(utilities)
    shifts[:, -1] = 1.0
    slope, shift = _newton(np.stack([utilities, shifts], -1), targets.astype(np.float64), start=(1.0, 0.0))
    return head.model_copy(update={"slope": max(slope, 1e-3), "shift": shift})


def _design(standard: Floats) -> Doubles:
    """Each candidate's row of the one weight vector: experts' weights, the base's, the bias."""
    prompts, candidates, count = standard.shape
    rows = np.zeros((prompts, candidates, 2 * count + 1))
    rows[:, :-1, :count] = standard[:, :-1]
    rows[:, -1, count:-1] = standard[:, -1]
    rows[:, -1, -1] = 1.0
    return rows


def _newton(design: Doubles, targets: Doubles, start: Sequence[float] | None = None) -> list[float]:
    """The weights of greatest penalised likelihood; the problem is convex."""
    size = design.shape[-1]
    origin = np.zeros(size) if start is None else np.array(start)
    weights = origin.copy()
    loss = _loss(design, targets, weights, origin)
    for _ in range(_STEPS):
        gradient, curvature = _slopes(design, targets, weights, origin)
        step = np.linalg.solve(curvature, gradient)
        share = 1.0
        while (trial := _loss(design, targets, weights - share * step, origin)) > loss and share > _ENOUGH:
            share /= 2
        weights = weights - share * step
        if loss - trial < _ENOUGH:
            break
        loss = trial
    return [float(weight) for weight in weights]


def _shares(utilities: Doubles) -> Doubles:
    powers = np.exp(utilities - utilities.max(axis=1, keepdims=True))
    shares: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _loss(design: Doubles, targets: Doubles, weights: Doubles, origin: Doubles) -> float:
    shares = _shares(design @ weights)
    away = weights - origin
    return float(-(targets * np.log(shares + 1e-300)).sum() / len(design) + _RIDGE * away @ away)


def _slopes(design: Doubles, targets: Doubles, weights: Doubles, origin: Doubles) -> tuple[Doubles, Doubles]:
    shares = _shares(design @ weights)
    count, size = len(design), len(weights)
    gradient = np.einsum("pc,pcf->f", shares - targets, design) / count + 2 * _RIDGE * (weights - origin)
    mean = np.einsum("pc,pcf->pf", shares, design)
    spread = np.einsum("pc,pcf,pcg->fg", shares, design, design, optimize=True) - mean.T @ mean
    return gradient, spread / count + 2 * _RIDGE * np.eye(size)
