"""The experts' requests: enough wordings of each, none of them in two splits, none that two domains share."""

from __future__ import annotations

import importlib
import random
import re
from functools import cache
from itertools import combinations, product
from typing import get_args

import pytest

from vortex_tui.nano.tasks import CHECKABLE, DOMAINS, TASKS, Split, mixed, normal, samples, unserved
from vortex_tui.nano.tasks.phrasing import Wordings, say

SPLITS: tuple[Split, ...] = get_args(Split)
# What a domain's requests are usually asked in; the ones written by hand do without.
USUAL = {
    "arithmetic": ("add", "plus", "sum", "total"),
    "hours": ("add", "plus", "sum", "total", "hour", "duration"),
    "units": ("convert", "how many", "unit"),
    "roman": ("roman", "rome", "numeral", "latin"),
    "words": ("word", "spell", "letter"),
    "iso": ("iso", "8601", "format"),
    "dates": ("word", "month", "written"),
    "json": ("json", "object", "array", "list"),
    "sql": ("sql", "select", "query", "table", "database"),
    "shell": ("shell", "command", "bash", "terminal"),
    "regex": ("regex", "regexp", "expression", "pattern", "match"),
    "case": ("case", "identifier", "variable"),
}


def wordings(domain: str) -> list[Wordings]:
    """Return the templates of `domain`, kind by kind."""
    known = importlib.import_module(TASKS[domain].make.__module__).WORDINGS
    return [known] if isinstance(known, Wordings) else list(known.values())


@cache
def prompts(domain: str, split: Split, count: int) -> frozenset[str]:
    return frozenset(normal(example.prompt) for example in samples(domain, count, 5, split))


@cache
def unserved_prompts(split: Split, count: int = 1500) -> frozenset[str]:
    rng = random.Random(5)
    return frozenset(normal(unserved.draw(rng, split).prompt) for _ in range(count))


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_has_many_wordings_and_many_of_them_sealed(domain: str) -> None:
    known = wordings(domain)
    assert len({text for kind in known for part in kind for text in part}) >= 30
    assert len({text for kind in known for text in kind.sealed}) >= 10
    assert len({normal(example.prompt) for example in TASKS[domain].plain}) >= 20


@pytest.mark.parametrize("domain", DOMAINS)
def test_wordings_of_two_splits_differ_in_their_letters(domain: str) -> None:
    def letters(part: str) -> set[str]:
        texts = {text for kind in wordings(domain) for text in getattr(kind, part)}
        return {re.sub(r"[^\w{}]", "", text.casefold()) for text in texts}

    for one, other in combinations(("open", "held", "sealed"), 2):
        assert not letters(one) & letters(other)


@pytest.mark.parametrize("split", ["train", "router"])
@pytest.mark.parametrize("loose", [True, False])
def test_no_opening_aside_or_ending_makes_a_sealed_wording(split: Split, loose: bool) -> None:
    wordings = Wordings(
        ("Make it {a}", "{a} {b}"), ("please make it {a}", "{a}: please, {b}"), ("Can you make it {a}?",)
    )
    rng, words = random.Random(3), {"a": "<a>", "b": "<b>"}
    said = {normal(say(wordings, split, rng, words, loose=loose)) for _ in range(3000)}
    assert {"make it <a>", "well make it <a>", "<a> <b> thanks"} <= said
    assert not said & {normal(text.format(**words)) for text in wordings.held + wordings.sealed}


@pytest.mark.parametrize("domain", ["sql", "shell", "regex"])
def test_no_request_has_two_answers(domain: str) -> None:
    """Wordings with every synonym in its place are those of one answer only."""
    module = importlib.import_module(TASKS[domain].make.__module__)
    answers: dict[str, str] = {}
    for answer, kind in module.WORDINGS.items():
        for text in {text for part in kind for text in part}:
            slots = sorted(set(re.findall(r"{([a-z]+)}", text)))
            for words in product(*(module.SYNONYMS.get(slot, (f"<{slot}>",)) for slot in slots)):
                request = normal(text.format(**dict(zip(slots, words, strict=True))))
                assert answers.setdefault(request, answer) == answer


@pytest.mark.parametrize("domain", CHECKABLE)
def test_no_prompt_is_in_two_splits(domain: str) -> None:
    for one, other in combinations(SPLITS, 2):
        assert not prompts(domain, one, 400) & prompts(domain, other, 400)


@pytest.mark.parametrize("domain", CHECKABLE)
def test_prompts_written_by_hand_are_drawn_in_no_split(domain: str) -> None:
    written = {normal(example.prompt) for example in TASKS[domain].plain}
    assert not any(written & prompts(domain, split, 1500) for split in SPLITS)


@pytest.mark.parametrize("domain", CHECKABLE)
def test_prompts_written_by_hand_avoid_the_usual_words(domain: str) -> None:
    usual = re.compile(rf"\b({'|'.join(USUAL[domain])})(s|es)?\b", re.IGNORECASE)
    assert [example.prompt for example in TASKS[domain].plain if usual.search(example.prompt)] == []


def test_the_usual_words_are_usual() -> None:
    for domain, words in USUAL.items():
        texts = " ".join(text for kind in wordings(domain) for text in kind.open).casefold()
        assert any(word in texts for word in words)


def test_no_prompt_is_asked_of_two_domains() -> None:
    for one, other in combinations(CHECKABLE, 2):
        for split, its in product(SPLITS, SPLITS):
            assert not prompts(one, split, 1500) & prompts(other, its, 1500)


@pytest.mark.parametrize("split", ["router", "calibration", "gate"])
def test_what_nobody_serves_is_tested_in_other_words_than_learnt(split: Split) -> None:
    assert not unserved_prompts("test") & unserved_prompts(split)


def test_what_nobody_serves_is_near_and_far_and_asked_of_no_domain() -> None:
    rng = random.Random(6)
    assert {unserved.draw(rng, "test").kind for _ in range(50)} == {"near", "far"}
    for split, domain, its in product(SPLITS, CHECKABLE, SPLITS):
        assert not unserved_prompts(split) & prompts(domain, its, 1500)


def test_a_mixed_prompt_has_two_or_more_domains_and_is_written_once() -> None:
    assert len({normal(one.prompt) for one in mixed.PROMPTS}) == len(mixed.PROMPTS)
    for one in mixed.PROMPTS:
        assert len(set(one.domains)) == len(one.domains) >= 2
        assert set(one.domains) <= set(DOMAINS)


def test_a_mixed_prompt_is_in_no_domain_whatever_its_numbers() -> None:
    def shape(prompt: str) -> str:
        return re.sub(r"\d+", "#", normal(prompt))

    shapes = {shape(one.prompt) for one in mixed.PROMPTS}
    for domain in DOMAINS:
        assert not shapes & {shape(example.prompt) for example in TASKS[domain].plain}
    for domain, split in product(CHECKABLE, SPLITS[1:]):
        assert not shapes & set(map(shape, prompts(domain, split, 1500)))
    # Training mangles its requests, so it can say nearly anything; with these very numbers, too, it does not.
    written = {normal(one.prompt) for one in mixed.PROMPTS}
    assert not any(written & prompts(domain, "train", 1500) for domain in CHECKABLE)


@pytest.mark.parametrize("domain", CHECKABLE)
def test_one_seed_is_one_list_of_examples_without_repeats(domain: str) -> None:
    for split in SPLITS:
        drawn = samples(domain, 40, 7, split)
        assert drawn == samples(domain, 40, 7, split)
        assert drawn != samples(domain, 40, 8, split)
        assert len({normal(example.prompt) for example in drawn}) == 40
