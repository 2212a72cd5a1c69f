"""Routers on banks of four, one and none: own prompts find their expert, foreign ones the base."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.bank import DOMAINS, built, exemplars, fresh, hashed, real
from vortex_tui.errors import ProfileError
from vortex_tui.routing.decision import BASE, Decision
from vortex_tui.routing.vectors import Matrix
from vortex_tui.routing.weighing import AMBIGUOUS, Policy, weigh
from vortex_tui.settings import ROUTER_MODES

BANK = {domain: exemplars(domain) for domain in DOMAINS}
CHOOSING = [mode for mode in ROUTER_MODES if mode not in ("arrow", "manual", "off")]


def no_encoder(texts: Sequence[str]) -> Matrix:
    raise AssertionError(f"the lexical router encoded {texts}")


def best(decision: Decision) -> str:
    return max(decision.weights, key=lambda name: decision.weights[name], default=BASE)


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_own_prompts_find_their_expert(mode: str) -> None:
    made = built(BANK, real(), mode=mode)
    for domain in DOMAINS:
        went = [best(made.decide(prompt)) for prompt in fresh(domain, 25)]
        assert went.count(domain) >= 20, (domain, went)


@pytest.mark.parametrize("mode", CHOOSING)
def test_every_mode_is_far_better_than_chance(mode: str) -> None:
    made = built(BANK, mode=mode)
    asked = [(domain, prompt) for domain in DOMAINS for prompt in fresh(domain, 25)]
    assert sum(best(made.decide(prompt)) == domain for domain, prompt in asked) >= len(asked) / 2


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_foreign_prompts_find_the_base(mode: str) -> None:
    made = built(BANK, real(), mode=mode)
    foreign = (
        "good morning",
        "sing me a song",
        "",
        "   ",
        "x",
        "🦜" * 50,
        "Wer hat das Buch geschrieben?",
        "\x00\x01\xff",
    )
    assert [best(made.decide(text)) for text in foreign] == [BASE] * len(foreign)


def test_a_lexical_router_asks_no_encoder() -> None:
    assert best(built(BANK, no_encoder, mode="lexical").decide("What is 77 + 88?")) == "arithmetic"
    assert best(built(BANK, None, mode="hybrid").decide("What is 77 + 88?")) == "arithmetic"


def test_a_bank_of_one_can_still_abstain() -> None:
    made = built({"sql": BANK["sql"]})
    assert best(made.decide(BANK["sql"][3])) == "sql"
    assert best(made.decide("tell me a joke")) == BASE


def test_a_bank_of_none_says_so() -> None:
    decision = built({}).decide("What is 1 + 2?")
    assert decision.weights == {}
    assert "no expert" in decision.reason
    assert best(built({"silent": []}).decide("hello")) == BASE


def test_an_expert_with_one_exemplar_is_a_candidate() -> None:
    decision = built({"one": ["translate this into Latin"], **BANK}).decide("translate this into Latin")
    assert decision.candidates[0].expert == "one"


@pytest.mark.parametrize("mode", ["hybrid", "dense"])
def test_experts_of_one_exemplar_each_get_features_of_ordinary_size(mode: str) -> None:
    decision = built({"one": ["translate this into Latin"]}, mode=mode).decide("translate that into Greek")
    told = [value for each in decision.candidates for value in each.features.values()]
    assert told
    assert max(map(abs, told)) < 1e3


@pytest.mark.parametrize("mode", ["off", "manual"])
def test_routing_can_be_switched_off(mode: str) -> None:
    assert built(BANK, mode=mode).decide(BANK["sql"][0]).weights == {}


@pytest.mark.parametrize("mode", ["dense", "centroid", "knn", "logistic"])
def test_a_mode_that_needs_an_encoder_says_so(mode: str) -> None:
    with pytest.raises(ProfileError, match="needs an encoder"):
        built(BANK, None, mode=mode)


@pytest.mark.parametrize("mode", CHOOSING)
def test_a_decision_explains_itself(mode: str) -> None:
    decision = built(BANK, mode=mode).decide("12 + 12")
    assert decision.mode == mode
    assert decision.reason
    assert {each.expert for each in decision.candidates} == {*DOMAINS, BASE}
    scores = [each.score for each in decision.candidates]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1.0, abs=1e-4)
    assert decision.total_ms >= decision.encoder_ms >= 0.0


def test_the_nearest_exemplars_are_the_experts_own() -> None:
    decision = built(BANK).decide(BANK["sql"][5])
    assert decision.candidates[0].expert == "sql"
    assert BANK["sql"][5] in decision.candidates[0].nearest
    assert all(text in BANK["sql"] for text in decision.candidates[0].nearest)


def test_an_encoder_that_tells_nothing_is_not_listened_to() -> None:
    def constant(texts: Sequence[str]) -> Matrix:
        return np.ones((len(texts), 4), np.float32)

    alone, fused = built(BANK, None, mode="lexical"), built(BANK, constant)
    for prompt in fresh("sql", 20):
        assert fused.decide(prompt).weights == alone.decide(prompt).weights


def test_a_borrowed_fit_asks_for_more_certainty() -> None:
    own, borrowed = built(BANK).decide("12 + 12"), built(BANK, own=False).decide("12 + 12")
    assert borrowed.threshold > own.threshold


def test_a_new_expert_leaves_the_others_as_they_are_and_a_removed_one_no_trace() -> None:
    less = {domain: BANK[domain] for domain in DOMAINS[:3]}
    before, after = built(less), built({domain: texts for domain, texts in BANK.items() if domain != "json"})
    for prompt in fresh("roman", 10):
        assert before.decide(prompt).weights == after.decide(prompt).weights
    grown = built(BANK)
    assert sum(best(grown.decide(p)) == best(before.decide(p)) for p in fresh("roman", 20)) >= 19
    assert sum(best(grown.decide(p)) == "json" for p in fresh("json", 20)) >= 12


def test_a_long_prompt_is_routed_by_its_beginning_and_its_end() -> None:
    made = built(BANK)
    asked = BANK["sql"][0] + "\n" + "lorem ipsum " * 10_000
    assert made.decide(asked).candidates == made.decide(asked + "x" * 100_000 + asked[-600:]).candidates


shares = st.dictionaries(st.text("abcdef", min_size=1), st.floats(0, 1), max_size=6)


@given(shares, st.integers(1, 4), st.floats(0.05, 4))
def test_weights_sum_to_one(given_shares: dict[str, float], top_k: int, temperature: float) -> None:
    weights = weigh(given_shares, Policy(top_k, temperature))
    if not any(share > 0 for share in given_shares.values()):
        assert weights == {}
        return
    assert sum(weights.values()) == pytest.approx(1.0)
    assert len(weights) <= top_k
    top = max(given_shares.values())
    assert all(given_shares[name] >= AMBIGUOUS * top for name in weights)
    heaviest = max(weights.values())
    assert heaviest == weights[max(weights, key=lambda name: (given_shares[name], weights[name]))]


def test_hashed_vectors_are_those_of_the_words() -> None:
    assert np.allclose(hashed(["a b"]), hashed(["a"]) + hashed(["b"]))
