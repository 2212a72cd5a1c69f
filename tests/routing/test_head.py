"""The shared head: probabilities of a choice, whoever the experts are and however odd their features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from vortex_tui.routing.head import Head

HEAD = Head(
    features=("near", "far"),
    mean=(0.5, 0.1),
    scale=(0.2, 0.3),
    expert=(2.0, -1.0),
    base=(-1.0, 0.5),
    bias=0.3,
    slope=0.8,
    shift=-0.1,
)
FEATURES = arrays(np.float32, (3, 5, 2), elements=st.floats(-1e4, 1e4, width=32))


@given(FEATURES)
def test_probabilities_sum_to_one(features: np.ndarray) -> None:
    shares = HEAD.probabilities(features)
    assert shares.shape == (3, 5)
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)


@given(FEATURES, st.permutations(range(4)))
def test_experts_have_no_names(features: np.ndarray, order: list[int]) -> None:
    shuffled = features[:, [*order, 4]]
    assert HEAD.probabilities(shuffled) == pytest.approx(
        HEAD.probabilities(features)[:, [*order, 4]], abs=1e-5
    )


def test_utilities_by_hand() -> None:
    found = HEAD.utilities(np.array([[0.9, 0.1], [0.5, 0.4]], np.float32))
    assert found == pytest.approx([0.8 * (2.0 * 2.0), 0.8 * (0.5 * 1.0 + 0.3) - 0.1], abs=1e-5)


def test_a_nearer_exemplar_makes_an_expert_likelier_and_all_others_less() -> None:
    features = np.tile(np.array([0.5, 0.1], np.float32), (3, 1))
    before = HEAD.probabilities(features)
    features[0, 0] += 0.3
    after = HEAD.probabilities(features)
    assert after[0] > before[0]
    assert (after[1:] < before[1:]).all()


def test_a_base_alone_is_certain() -> None:
    assert HEAD.probabilities(np.zeros((1, 2), np.float32)) == pytest.approx([1.0])


def test_a_head_comes_back_from_json_as_it_was() -> None:
    assert Head.model_validate_json(HEAD.model_dump_json()) == HEAD


@pytest.mark.parametrize("changes", [{"slope": 0.0}, {"slope": -1.0}, {"bias": float("nan")}, {"more": 1}])
def test_a_head_that_cannot_be_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Head.model_validate({**HEAD.model_dump(), **changes})
