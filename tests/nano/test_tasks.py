"""The experts' exercises: right answers, the same for the same seed, held-out phrasings never in training."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.nano.tasks import DOMAINS, sample
from vortex_tui.nano.tasks.roman import roman

seeds = st.integers(0, 2**32 - 1)
splits = st.sampled_from(["train", "test"])


@given(seeds, splits)
def test_a_sum_is_the_sum_of_the_numbers_in_its_prompt(seed: int, split: str) -> None:
    example = sample("arithmetic", random.Random(seed), split)  # type: ignore[arg-type]
    numbers = list(map(int, re.findall(r"\d+", example.prompt)))
    assert len(numbers) == 2 or "1 " in example.prompt or " 1" in example.prompt
    assert int(example.answer) == sum(numbers)


@given(st.integers(1, 399))
def test_roman_numerals_are_read_back(number: int) -> None:
    values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500}
    digits = [values[letter] for letter in roman(number)]
    signed = [d if d >= max(digits[i:]) else -d for i, d in enumerate(digits)]
    assert sum(signed) == number


@given(seeds, splits)
def test_a_statement_names_only_what_was_asked_for(seed: int, split: str) -> None:
    example = sample("sql", random.Random(seed), split)  # type: ignore[arg-type]
    assert example.answer.endswith(";")
    numbers = re.findall(r"\d+", example.answer)
    assert all(number in example.prompt for number in numbers if number != "1")


@pytest.mark.parametrize("domain", DOMAINS)
def test_one_seed_is_one_list_of_examples(domain: str) -> None:
    first, again = (
        [sample(domain, rng, "train") for _ in range(20)] for rng in (random.Random(4), random.Random(4))
    )
    assert first == again
    assert len({example.prompt for example in first}) > 10


def shape(prompt: str) -> str:
    return re.sub(r"\W+", " ", re.sub(r"\d+", "#", prompt.casefold())).strip()


def test_held_out_sums_are_asked_in_words_that_training_never_uses() -> None:
    rng = random.Random(2)
    trained = {shape(sample("arithmetic", rng, "train").prompt) for _ in range(4000)}
    held_out = {shape(sample("arithmetic", rng, "test").prompt) for _ in range(400)}
    spaced_out = {s for s in held_out if s.replace(" ", "") not in {t.replace(" ", "") for t in trained}}
    assert len(spaced_out) >= 5
