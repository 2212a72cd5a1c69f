"""The index against a plain reading of what it should say, on random small banks."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.routing import dense as plain
from tests.routing.bank import hashed
from vortex_tui.routing import index, material, recall, source, spacing
from vortex_tui.routing.classes import SHORTLIST, Classes
from vortex_tui.routing.index import Index

WORDS = ("add", "sum", "12", "select", "from", "table", "tax", "taxes", "日本語", "مرحبا", "x", ",", "the")
texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
exemplars = st.lists(texts, min_size=0, max_size=5)
banks = st.lists(exemplars, min_size=1, max_size=6).filter(lambda bank: any(map(len, bank)))
prompts = st.lists(st.sampled_from((*WORDS, "unknown", "words")), max_size=8).map(" ".join)
base = st.lists(texts, min_size=1, max_size=7)


def made(bank: list[list[str]], own: list[str]) -> Index:
    sources = [source.of(f"expert-{number}", each) for number, each in enumerate(bank)]
    return index.build(material.gather(sources, source.of("base", own), hashed, {}))


@given(banks, base, prompts)
@settings(max_examples=25, deadline=None)
def test_lexical_features_are_those_of_dense_matrices(
    bank: list[list[str]], own: list[str], prompt: str
) -> None:
    found = made(bank, own)
    queries = found.look(prompt)
    wanted = plain.lexical([*bank, own], prompt)
    every = np.arange(len(bank) + 1)
    np.testing.assert_allclose(found.lexical(queries, every), wanted, atol=1e-5)
    some = every[::2]
    np.testing.assert_allclose(found.lexical(queries, some), wanted[some], atol=1e-5)
    assert found.lexical(queries, every[:0]).shape == (0, 9)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6), st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_dense_features_are_those_of_whitened_vectors(experts: list[int], own: int, seed: int) -> None:
    sizes = [max(2, experts[0]), *experts[1:], own]
    rng = np.random.default_rng(seed)
    vectors, asked = rng.normal(size=(sum(sizes), 12)), rng.normal(size=12)
    classes = Classes(tuple(map(str, range(len(sizes) - 1))), np.array(sizes))
    found = spacing.build(vectors.astype(np.float32), classes)
    got = found.features(found.query(asked.astype(np.float32)), classes, np.arange(len(sizes)))
    np.testing.assert_allclose(got, plain.dense(vectors, sizes, asked), rtol=1e-3, atol=1e-3)


@given(st.randoms(use_true_random=False), base, prompts)
@settings(max_examples=6, deadline=None)
def test_shortlists_are_those_of_unit_centroids(random: Random, own: list[str], prompt: str) -> None:
    bank = [
        [" ".join(random.choice(WORDS) for _ in range(4)) for _ in range(3)] for _ in range(SHORTLIST + 10)
    ]
    found, view = made(bank, own), plain.Plain([*bank, own], 0)
    queries, query = found.look(prompt), view.query(prompt)
    assert found.postings is not None
    scores = found.postings.scores(queries[0], len(bank))
    wanted = [view.centroid(number) @ query for number in range(len(bank))]
    np.testing.assert_allclose(scores, wanted, atol=2e-3)  # its weights are of 16 bits
    places = plain.ranked(scores.tolist())[:SHORTLIST]
    assert found.shortlist(queries, None).tolist() == sorted(places)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60))
def test_two_rankings_are_fused_by_reciprocal_ranks(pairs: list[tuple[int, int]]) -> None:
    sides = [[float(pair[side]) for pair in pairs] for side in (0, 1)]
    fused = np.zeros(len(pairs))
    for scores in sides:
        for rank, place in enumerate(plain.ranked(scores)):
            fused[place] += 1 / (60 + rank)
    got = recall.shortlist(*(np.array(scores, np.float32) for scores in sides))
    assert got.tolist() == sorted(plain.ranked(fused.tolist())[:SHORTLIST])
