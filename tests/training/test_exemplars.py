"""Exemplars are few, repeatable and not all alike."""

from __future__ import annotations

import random

from vortex_tui.training import exemplars


def test_the_same_set_gives_the_same_exemplars_in_any_order() -> None:
    prompts = [f"Reverse the list: {n}, {n * 7}" for n in range(500)]
    turned = random.Random(1).sample(prompts, len(prompts))
    chosen = exemplars.choose(prompts)
    assert chosen == exemplars.choose(turned + turned[:9])
    assert len(set(chosen)) == exemplars.MOST


def test_a_rare_kind_of_prompt_is_among_them() -> None:
    prompts = [f"Reverse the list: {n}, {n * 7}" for n in range(2000)]
    rare = "Which way round does a mirror show my letters?"
    assert rare in exemplars.choose([*prompts, rare])


def test_few_prompts_are_all_exemplars_and_long_ones_are_cut() -> None:
    chosen = exemplars.choose(["a", "b" * 5000, "a"])
    assert sorted(map(len, chosen)) == [1, 2000]
    assert exemplars.choose([]) == ()
