"""Banks and prompts that nobody planned for: routers decide, or say why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from tests.routing.bank import DOMAINS, built, exemplars, hashed
from vortex_tui.routing.classes import SHORTLIST
from vortex_tui.routing.decision import BASE, Decision
from vortex_tui.routing.vectors import Matrix

BANK = {domain: exemplars(domain, 12) for domain in DOMAINS}
JAPANESE = [
    "日本の税金を計算してください",
    "消費税はいくらですか",
    "所得税の申告方法を教えて",
    "住民税の計算",
]
ARABIC = ["احسب ضريبة الدخل", "كم تبلغ ضريبة القيمة المضافة", "اشرح الإقرار الضريبي", "ما هي الضريبة"]
PROMPTS = {
    "empty": "",
    "one word": "select",
    "100 kB": "count the rows of each table, " * 3_500,
    "one word of 100 kB": "x" * 100_000,
    "binary": bytes(range(256)).decode("latin-1") * 8,
    "lone surrogates": "\ud800 sum \udfff",
    "only what nobody knows": "qzxv wvut",
}


def decided(bank: Mapping[str, Sequence[str]], prompt: str, mode: str = "hybrid") -> Decision:
    found = built(bank, _encode, mode=mode).decide(prompt)
    assert all(np.isfinite(each.score) for each in found.candidates)
    assert set(found.weights) <= set(bank)
    return found


def _encode(texts: Sequence[str]) -> Matrix:
    return hashed([text.encode("utf-8", "replace").decode() for text in texts])


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
@pytest.mark.parametrize("name", PROMPTS)
def test_any_prompt_is_decided(mode: str, name: str) -> None:
    assert decided(BANK, PROMPTS[name], mode).candidates


@pytest.mark.parametrize("count", [0, 1, SHORTLIST, SHORTLIST + 1])
def test_a_bank_of_any_size_is_routed(count: int) -> None:
    marks = [f"mark{chr(ord('a') + number)}" for number in range(count)]
    bank = {mark: [f"{text} {mark}" for text in BANK["sql"]] for mark in marks}
    found = decided(bank, "tell me a joke")
    assert len(found.candidates) == min(count, SHORTLIST) + 1
    if count:
        assert decided(bank, bank[marks[-1]][2]).candidates[0].expert == marks[-1]


def test_an_expert_without_exemplars_is_no_candidate_and_harms_nobody() -> None:
    with_it, without = (decided(bank, BANK["sql"][1]) for bank in (BANK | {"silent": []}, BANK))
    assert with_it.candidates == without.candidates


@pytest.mark.parametrize("texts", [JAPANESE, ARABIC], ids=["japanese", "arabic"])
def test_exemplars_in_another_language_are_found(texts: list[str]) -> None:
    for mode in ("hybrid", "lexical"):
        found = decided(BANK | {"tax": texts[1:]}, texts[1] + "?", mode)
        assert found.candidates[0].expert == "tax"


@pytest.mark.parametrize("texts", [[""], ["", "", ""], ["   "], ["\x00"], ["\ud800"]], ids=repr)
def test_exemplars_that_say_nothing_win_nothing(texts: list[str]) -> None:
    found = decided(BANK | {"nothing": texts}, BANK["sql"][1])
    assert found.candidates[0].expert == "sql"


def test_a_bank_that_says_nothing_leaves_the_base() -> None:
    assert decided({"nothing": ["", " "], "more": [""]}, "what is the sum of 1 and 2?").weights == {}


def test_two_experts_of_the_same_exemplars_are_as_likely() -> None:
    found = decided(BANK | {"twin": BANK["sql"]}, BANK["sql"][1])
    scores = {each.expert: each.score for each in found.candidates}
    assert scores["twin"] == pytest.approx(scores["sql"], abs=1e-5)
    assert scores[BASE] < scores["sql"]
