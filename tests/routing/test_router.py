"""Routers on banks of two, one and none: own prompts find their expert, foreign ones the base."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import settings
from vortex_tui.errors import ProfileError
from vortex_tui.nano.tasks import sample
from vortex_tui.routing import router
from vortex_tui.routing.decision import BASE, Decision
from vortex_tui.routing.recognition import Recognition
from vortex_tui.routing.vectors import Encode, Matrix
from vortex_tui.routing.weights import Policy, weigh

BACKGROUND = [
    "hello",
    "tell me a story about a fox",
    "what is the weather like",
    "who wrote this book",
    "explain recursion",
    "how do I bake bread",
    "write a poem about rain",
    "what day is it",
]


def exemplars(domain: str, count: int = 40) -> list[str]:
    import random

    rng = random.Random(domain)
    return [sample(domain, rng, "train").prompt for _ in range(count)]


def no_encoder(texts: Sequence[str]) -> Matrix:
    raise AssertionError(f"the lexical router encoded {texts}")


def hashed(texts: Sequence[str]) -> Matrix:
    """A dense encoder that knows only the first word: enough to test the fusion."""
    rows = np.zeros((len(texts), 64), np.float32)
    for row, text in enumerate(texts):
        rows[row, sum(map(ord, (text.split() or [""])[0].casefold())) % 64] = 1.0
    return rows


def built(mode: str = "lexical", encode: Encode = no_encoder, **bank: Sequence[str]) -> router.Router:
    return router.build(settings.Router.model_validate({"mode": mode}), bank, BACKGROUND, encode)


def best(decision: Decision) -> str:
    return max(decision.weights, key=lambda name: decision.weights[name], default=BASE)


def test_own_prompts_find_their_expert_and_foreign_ones_the_base() -> None:
    import random

    made = built(arithmetic=exemplars("arithmetic"), sql=exemplars("sql"))
    rng = random.Random(9)
    for domain in ("arithmetic", "sql"):
        prompts = [sample(domain, rng, "train").prompt for _ in range(50)]
        assert sum(best(made.decide(prompt)) == domain for prompt in prompts) >= 45
    assert all(
        best(made.decide(text)) == BASE for text in ("good morning", "sing me a song", "", "   ", "🦜" * 50)
    )


def test_numbers_do_not_matter_to_words() -> None:
    made = built(arithmetic=["What is 1 + 2?", "add 3 and 4", "5 + 6"], sql=["list all users", "count books"])
    assert best(made.decide("What is 77 + 88?")) == "arithmetic"


def test_a_bank_of_one_can_still_abstain() -> None:
    made = built(sql=exemplars("sql"))
    assert best(made.decide(exemplars("sql")[3])) == "sql"
    assert best(made.decide("tell me a joke")) == BASE


def test_a_bank_of_none_says_so() -> None:
    decision = built().decide("What is 1 + 2?")
    assert decision.weights == {}
    assert "no expert" in decision.reason
    assert best(built(silent=[]).decide("hello")) == BASE


def test_an_expert_with_one_exemplar_works() -> None:
    made = built(one=["translate this into Latin"], sql=exemplars("sql"))
    assert best(made.decide("translate this into Latin")) == "one"


@pytest.mark.parametrize("mode", ["off", "manual"])
def test_routing_can_be_switched_off(mode: str) -> None:
    assert built(mode, sql=exemplars("sql")).decide(exemplars("sql")[0]).weights == {}


def test_an_encoder_that_is_not_there_is_refused() -> None:
    wanted = settings.Router(encoder="/models/minilm")
    with pytest.raises(ProfileError, match="not supported yet"):
        router.build(wanted, {"sql": ["list all users"]}, BACKGROUND, hashed)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_decision_explains_itself(mode: str) -> None:
    decision = built(mode, hashed, arithmetic=exemplars("arithmetic"), sql=exemplars("sql")).decide("12 + 12")
    assert decision.mode == mode
    assert decision.reason
    assert {each.expert for each in decision.candidates} == {"arithmetic", "sql", BASE}
    scores = [each.score for each in decision.candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert decision.total_ms >= decision.encoder_ms >= 0.0


def test_an_encoder_that_tells_nothing_is_not_listened_to() -> None:
    def constant(texts: Sequence[str]) -> Matrix:
        return np.ones((len(texts), 4), np.float32)

    bank = {"arithmetic": exemplars("arithmetic"), "sql": exemplars("sql")}
    alone, fused = built("lexical", **bank), built("hybrid", constant, **bank)
    for prompt in exemplars("sql", 20):
        assert best(fused.decide(prompt)) == best(alone.decide(prompt))


scores = st.dictionaries(st.text("abcdef", min_size=1), st.floats(0, 1), max_size=6)


@given(scores, st.integers(1, 4), st.floats(0, 1), st.booleans())
def test_weights_sum_to_one_or_the_base_answers(
    given_scores: dict[str, float], top_k: int, threshold: float, single: bool
) -> None:
    policy = Policy(top_k=top_k, threshold=threshold, single=single)
    weights = weigh(given_scores, policy)
    if not any(score > threshold for score in given_scores.values()):
        assert weights == {}
        return
    assert sum(weights.values()) == pytest.approx(1.0)
    assert len(weights) <= (1 if single else top_k)
    assert all(given_scores[name] > threshold for name in weights)
    heaviest = max(weights.values())
    assert heaviest == weights[max(weights, key=lambda name: (given_scores[name], weights[name]))]


@given(st.integers(0, 2**32 - 1))
def test_left_out_predictions_are_those_of_a_fit_without_the_prompt(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(9, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    whole = Recognition({"a": vectors[:3], "b": vectors[3:6]}, vectors[6:])
    without = Recognition({"a": vectors[1:3], "b": vectors[3:6]}, vectors[6:])
    predicted = np.clip(whole.left_out[0], 0.0, 1.0)
    assert without.scores(vectors[0]) == pytest.approx(predicted, abs=1e-3)


def test_an_exemplar_is_its_own_nearest() -> None:
    rows = np.eye(4, dtype=np.float32)
    fitted = Recognition({"a": rows[:2], "b": rows[2:3]}, rows[3:])
    assert fitted.nearest(rows[1]) == [1, 0]
    assert fitted.scores(rows[1])[0] > fitted.scores(rows[3])[:-1].max()
