"""From prompts with known outcomes to the parts of a fit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fitting.lessons import labelled, lesson
from tests.routing.bank import DOMAINS, exemplars, fresh, hashed
from vortex_tui.fitting import heads
from vortex_tui.routing import background, crossfit, index
from vortex_tui.routing.fitted import Fitted
from vortex_tui.routing.head import Head, Part
from vortex_tui.routing.index import DENSE, FEATURES, LEXICAL


@pytest.fixture(scope="module")
def parts() -> dict[Part, Fitted]:
    return heads.parts(lesson())


def test_every_part_has_the_features_of_its_views(parts: dict[Part, Fitted]) -> None:
    assert {part: one.head.features for part, one in parts.items()} == {
        "hybrid": FEATURES, "lexical": LEXICAL, "dense": DENSE,
    }  # fmt: skip


def test_without_vectors_there_is_the_lexical_part_alone() -> None:
    assert set(heads.parts(lesson(dense=False))) == {"lexical"}


def test_new_prompts_of_a_domain_find_it(parts: dict[Part, Fitted]) -> None:
    made = index.build(lesson().material)
    for part, least in (("hybrid", 0.9), ("lexical", 0.9), ("dense", 0.6)):
        right = 0
        for place, domain in enumerate(DOMAINS):
            asked = fresh(domain, 15, seed=77)
            features = crossfit.features(made, asked, hashed(asked))[..., heads.columns(part)]
            right += int((parts[part].head.probabilities(features).argmax(axis=1) == place).sum())
        assert right >= least * 15 * len(DOMAINS), part


def test_prompts_to_stay_out_of_are_kept_by_group_and_descend(parts: dict[Part, Fitted]) -> None:
    for one in parts.values():
        assert {name: len(rows) for name, rows in one.stay_out.items()} == {
            "base": 2, "nobody": len(background.everyday()) + 1,
        }  # fmt: skip
        for rows in one.stay_out.values():
            assert all(0.0 <= share <= 1.0 for share in rows)
            assert list(rows) == sorted(rows, reverse=True)


def test_a_lesson_that_was_taught_twice_gives_the_same(parts: dict[Part, Fitted]) -> None:
    assert heads.parts(lesson()) == parts


def test_splits_without_a_known_outcome_are_fitted_on_the_exemplars() -> None:
    for one in heads.parts(lesson(asked=0)).values():
        assert (one.head.slope, one.head.shift) == (1.0, 0.0)
        assert one.sure == heads._NEVER


@pytest.mark.parametrize("count", [1, 2, 24])
def test_a_bank_of_one_expert_can_be_fitted(count: int) -> None:
    found = heads.parts(lesson({"sql": exemplars("sql", count)}))
    assert all(0.0 <= one.threshold(0.05) <= 1.0 for one in found.values())


def test_sure_is_where_errors_are_rare_and_seen_often_enough() -> None:
    """A head of one feature that is the utility; 200 prompts, of which the 101st likeliest is wrong."""
    head = Head(features=("u",), mean=(0.0,), scale=(1.0,), expert=(1.0,), base=(0.0,), bias=0.0)
    features = np.zeros((200, 2, 1), np.float32)
    features[:, 0, 0] = np.linspace(6, 1, 200)
    targets = np.tile(np.array([1, 0], np.float32), (200, 1))
    assert heads._sure(head, features, targets) == pytest.approx(head.probabilities(features)[-1, 0])
    targets[100] = [0, 1]
    assert heads._sure(head, features, targets) == pytest.approx(head.probabilities(features)[-1, 0])
    targets[150] = [0, 1]
    # 1 of 150 is more than 0.5 %, as is 1 of 101: sure only above the first error.
    assert heads._sure(head, features, targets) == pytest.approx(head.probabilities(features)[99, 0])
    assert heads._sure(head, features[:50], targets[:50]) == heads._NEVER


def test_the_owner_of_a_prompt_has_most_of_it() -> None:
    assert labelled({"a": ["x"], "base": ["y"]}, ["a"]).owners == [0, 1]
