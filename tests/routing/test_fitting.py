"""The head is fitted by its own gradient, and calibration changes how sure it is, not whom it prefers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vortex_tui.routing import fitting
from vortex_tui.routing.classes import Floats
from vortex_tui.routing.head import Head

NAMES = ("one", "two", "three")
SEEDS = st.integers(0, 2**32 - 1)


def problem(seed: int, prompts: int = 30, candidates: int = 4) -> tuple[Floats, Floats]:
    """Features, and targets that mostly follow the first of them; some prompts have two right candidates."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(prompts, candidates, len(NAMES))).astype(np.float32)
    told = features[..., 0] + rng.normal(scale=0.5, size=(prompts, candidates))
    targets = np.eye(candidates, dtype=np.float32)[told.argmax(axis=1)]
    second = rng.integers(candidates, size=prompts)
    shared = rng.random(prompts) < 0.2
    targets[shared] = (targets[shared] + np.eye(candidates, dtype=np.float32)[second[shared]]) / 2
    return features, targets


def loss(head: Head, features: Floats, targets: Floats) -> float:
    return float(-(targets * np.log(head.probabilities(features) + 1e-30)).sum() / len(features))


def numeric(value, weights, step=1e-5):  # type: ignore[no-untyped-def]
    """Central differences of ``value`` at ``weights``, a row a weight."""
    moves = np.eye(len(weights)) * step
    return np.stack([(value(weights + move) - value(weights - move)) / (2 * step) for move in moves])


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_gradient_and_curvature_are_those_of_the_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features, targets = problem(seed, prompts=8)
    design = fitting._design(features)
    weights, origin = rng.normal(size=design.shape[-1]), rng.normal(size=design.shape[-1])
    given_targets = targets.astype(np.float64)
    gradient, curvature = fitting._slopes(design, given_targets, weights, origin)
    by_hand = numeric(lambda w: fitting._loss(design, given_targets, w, origin), weights)
    assert gradient == pytest.approx(by_hand, abs=1e-6)
    slopes = numeric(lambda w: fitting._slopes(design, given_targets, w, origin)[0], weights)
    assert curvature == pytest.approx(slopes, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_a_fit_stands_where_no_step_gains(seed: int) -> None:
    features, targets = problem(seed)
    design, wanted = fitting._design(features), targets.astype(np.float64)
    found = np.array(fitting._newton(design, wanted))
    gradient, _ = fitting._slopes(design, wanted, found, np.zeros(len(found)))
    assert np.abs(gradient).max() < 1e-4
    nearby = found + np.random.default_rng(seed).normal(scale=0.01, size=len(found))
    origin = np.zeros(len(found))
    assert fitting._loss(design, wanted, found, origin) <= fitting._loss(design, wanted, nearby, origin)


def test_a_head_learns_which_feature_tells() -> None:
    features, targets = problem(1, prompts=400)
    head = fitting.fit(features, targets, NAMES)
    assert head.features == NAMES
    assert head.expert[0] > 5 * abs(head.expert[1])
    fresh, answers = problem(2, prompts=400)
    right = head.probabilities(fresh).argmax(axis=1) == answers.argmax(axis=1)
    assert right.mean() > 0.6


def test_a_feature_that_never_varies_is_no_trouble() -> None:
    features, targets = problem(3)
    features[..., 1] = 7.0
    head = fitting.fit(features, targets, NAMES)
    assert np.isfinite(head.probabilities(features)).all()


@settings(max_examples=25, deadline=None)
@given(SEEDS, SEEDS)
def test_calibration_keeps_the_order_of_the_experts(seed: int, other: int) -> None:
    head = fitting.fit(*problem(seed), NAMES)
    asked, targets = problem(other, prompts=12)
    told = fitting.calibrated(head, asked, targets)
    assert told.slope > 0
    before, after = head.utilities(asked)[:, :-1], told.utilities(asked)[:, :-1]
    # Utilities of one prompt that are less apart than their rounding may change places.
    assert np.abs(np.sort(after, axis=1) - np.take_along_axis(after, before.argsort(axis=1), 1)).max() < 1e-4


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.floats(0.2, 4.0))
def test_calibration_mends_a_head_that_is_too_sure_or_not_sure_enough(seed: int, factor: float) -> None:
    features, targets = problem(seed, prompts=80)
    head = fitting.fit(features, targets, NAMES)
    wrong = head.model_copy(update={"expert": tuple(factor * w for w in head.expert),
                                    "base": tuple(factor * w for w in head.base),
                                    "bias": factor * head.bias})  # fmt: skip
    mended = fitting.calibrated(wrong, features, targets)
    assert loss(mended, features, targets) <= loss(wrong, features, targets) + 1e-6
    assert loss(mended, features, targets) == pytest.approx(loss(head, features, targets), abs=0.05)


def test_calibration_forgets_an_earlier_one() -> None:
    head = fitting.fit(*problem(5), NAMES)
    asked = problem(6)
    once = fitting.calibrated(head, *asked)
    again = fitting.calibrated(once, *asked)
    assert (again.slope, again.shift) == pytest.approx((once.slope, once.shift))


def test_without_calibration_prompts_a_head_stays_as_it_is() -> None:
    head = fitting.fit(*problem(7), NAMES)
    features, targets = problem(7)
    assert fitting.calibrated(head, features[:0], targets[:0]) == head
