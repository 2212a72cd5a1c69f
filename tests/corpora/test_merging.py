"""Whatever comes, in whatever order, twice or in parts: nothing is lost, nothing moves, nothing straddles."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpora.alike import related
from vortex_tui.corpora import likeness, merging
from vortex_tui.corpora.example import Example
from vortex_tui.corpora.merging import Merged, Old, merge

WORDS = [f"w{number}" for number in range(40)]
# Texts that begin as one of five and have a few words changed: families of relatives, and strangers.
SEEDS = [random.Random(seed).choices(WORDS, k=30) for seed in range(5)]


def changed(seed: int, changes: list[tuple[int, int]], length: int) -> str:
    words = list(SEEDS[seed][:length])
    for at, word in changes:
        words[at % length] = WORDS[word]
    return " ".join(words)


TEXT = st.builds(
    changed,
    st.integers(0, 4),
    st.lists(st.tuples(st.integers(0, 29), st.integers(0, 39)), max_size=3),
    st.sampled_from([4, 25, 30]),
)
EXAMPLES = st.lists(
    st.builds(
        lambda prompt, response, source, group: Example(
            prompt, response, source, "0" * 64, "", "pair", group=group
        ),
        TEXT,
        TEXT,
        st.sampled_from(["a.jsonl", "b.jsonl"]),
        st.sampled_from(["", "", "", "g", "h"]),
    ),
    max_size=25,
)


def as_old(merged: Merged) -> list[Old]:
    return [
        Old(one.example.prompt, one.example.response, one.split, one.cluster, one.example.digest)
        for one in merged.kept
    ]


def straddling(old: list[Old]) -> list[tuple[Old, Old]]:
    return [
        (one, other)
        for one, other in itertools.combinations(old, 2)
        if one.split != other.split and related((one.prompt, one.response), (other.prompt, other.response))
    ]


@given(EXAMPLES, EXAMPLES)
@settings(deadline=None, max_examples=40)
def test_nothing_alike_is_in_two_splits_and_nothing_is_lost(
    first: list[Example], more: list[Example]
) -> None:
    begun = merge([], first)
    assert len(begun.kept) + len(begun.left_out) == len(first)
    grown = merge(as_old(begun), more)
    assert len(grown.kept) + len(grown.left_out) == len(more)
    every = as_old(begun) + as_old(grown)
    assert not straddling(every)
    assert len({one.digest for one in every}) == len(every)
    assert all(one.example in first for one in begun.kept)


@given(EXAMPLES, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=25)
def test_the_order_of_what_comes_does_not_matter(examples: list[Example], rng: random.Random) -> None:
    shuffled = list(examples)
    rng.shuffle(shuffled)
    assert merge([], examples).kept == merge([], shuffled).kept


def test_two_that_differ_in_their_group_alone_are_told_apart_by_it() -> None:
    twins = [example("ask it", "say it", group=group) for group in ("g", "")]
    others = [example("another", "thing", group="g")]
    assert merge([], [*twins, *others]).kept == merge([], [*others, *reversed(twins)]).kept


@given(EXAMPLES)
@settings(deadline=None, max_examples=25)
def test_the_same_again_adds_nothing(examples: list[Example]) -> None:
    once = merge([], examples)
    again = merge(as_old(once), examples)
    assert again.kept == []
    assert len(again.left_out) == len(examples)


@given(EXAMPLES)
@settings(deadline=None, max_examples=25)
def test_one_cluster_is_in_one_split(examples: list[Example]) -> None:
    splits: dict[str, set[str]] = {}
    for one in merge([], examples).kept:
        splits.setdefault(one.cluster, set()).add(one.split)
    assert all(len(found) == 1 for found in splits.values())


def test_a_planted_merge_that_forgets_likeness_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without likeness, the same examples do straddle."""
    rng = random.Random(3)
    texts = [
        changed(seed, [(rng.randrange(30), rng.randrange(40))], 30) for seed in range(5) for _ in range(20)
    ]
    examples = [
        Example(text, f"{n} is its number", "a", "0" * 64, "", "pair") for n, text in enumerate(texts)
    ]
    assert not straddling(as_old(merge([], examples)))
    monkeypatch.setattr(likeness, "RELATED", 2.0)
    assert straddling(as_old(merge([], examples)))


def example(prompt: str, response: str, **more: str) -> Example:
    return Example(prompt, response, more.pop("source", "a"), "0" * 64, "", "pair", **more)


LONG = " ".join(WORDS)


def test_what_comes_later_goes_where_its_cluster_is() -> None:
    for split in ("train", "gate", "router"):
        old = [Old(LONG, "one two", split, "c0", "d0")]  # type: ignore[arg-type]
        (kept,) = merge(old, [example(LONG + " more", "something else")]).kept
        assert (kept.split, kept.cluster) == (split, "c0")


def test_what_is_alike_to_two_splits_joins_neither() -> None:
    one, other = LONG + " a b c d e f g", LONG + " t u v x y z q"
    assert not related((one, "1"), (other, "2"))
    old = [Old(one, "1", "train", "c0", "d0"), Old(other, "2", "gate", "c1", "d1")]
    (left,) = merge(old, [example(LONG, "3")]).left_out
    assert left.reason == "between splits"


def test_short_tasks_that_differ_in_a_sign_are_all_kept() -> None:
    tasks = [example(f"What is {a} {sign} 5?", str(a)) for a in range(20) for sign in "+-"]
    assert len(merge([], tasks).kept) == 40


def test_blanks_are_no_difference_and_contradictions_are() -> None:
    found = merge(
        [], [example("Is it  so?", "yes"), example("Is it so? ", "yes"), example("Is it so?", "no")]
    )
    assert sorted(one.example.response for one in found.kept) == ["no", "yes"]
    assert len({one.cluster for one in found.kept}) == 1
    assert [one.reason for one in found.left_out] == ["duplicate"]


def test_the_turns_of_a_conversation_stay_together_and_greetings_bind_nobody() -> None:
    talks = [
        example(text, f"answer {talk}", group=f"talk {talk}")
        for talk in range(12)
        for text in (f"about matter number {talk} alone", f"something different of {talk} {talk * 7}")
    ]
    greetings = [example("Hi", "Hello!", group=f"talk {talk}") for talk in range(12)]
    kept = merge([], [*talks, *greetings]).kept
    clusters = {one.example.group: set[str]() for one in kept}
    for one in kept:
        clusters[one.example.group].add(one.cluster)
    assert all(len(found) == 1 for found in clusters.values())
    assert len({cluster for found in clusters.values() for cluster in found}) == 12


def test_a_crowded_corpus_finds_what_an_index_would(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [example(" ".join([*WORDS[:20], f"x{n}", f"y{n % 7}"]), f"z{n}") for n in range(60)]
    usual = merge([], examples)
    monkeypatch.setattr(likeness, "_CROWDED", 2.0)
    assert merge([], examples) == usual
    monkeypatch.setattr(likeness, "_CROWDED", 0.0)
    assert merging.merge([], examples) == usual
