"""Prompts as if their wording were new: wordings, folds, and what an index without them finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.bank import DOMAINS, exemplars, hashed
from vortex_tui.routing import background, crossfit, index, material, source, wordings
from vortex_tui.routing.crossfit import FOLDS
from vortex_tui.routing.index import FEATURES, LEXICAL
from vortex_tui.routing.material import Material

BANK = {domain: exemplars(domain, 20) for domain in DOMAINS}
OWN = [(text, place) for place, domain in enumerate(DOMAINS) for text in BANK[domain]]
TEXTS = [*(text for text, _ in OWN), *background.everyday()]
OWNERS = [*(place for _, place in OWN), *[len(DOMAINS)] * len(background.everyday())]


def made(*, dense: bool = True) -> Material:
    sources = [source.of(name, texts) for name, texts in BANK.items()]
    base = source.of("base", background.everyday())
    return material.gather(sources, base, hashed if dense else None, {})


def test_the_same_wording_with_other_numbers_is_one_wording() -> None:
    texts = ["What is 3 + 4?", "what is 371 + 58.5?", "Add up three and four, please", "What is 9 + 9?"]
    numbers = [number for _, number in wordings.of(texts, [0] * 4)]
    assert numbers == [0, 0, 1, 0]


def test_owners_have_their_own_wordings() -> None:
    assert wordings.of(["a b", "a b", "c d"], [0, 1, 1]) == [(0, 0), (1, 0), (1, 1)]


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 2)), max_size=12))
def test_a_text_and_its_copy_are_one_wording_in_one_fold(asked: list[tuple[str, int]]) -> None:
    texts, owners = [text for text, _ in asked] * 2, [owner for _, owner in asked] * 2
    labels = wordings.of(texts, owners)
    assert labels[: len(asked)] == labels[len(asked) :]
    folds = crossfit.folds(texts, owners)
    assert ((folds >= 0) & (folds < FOLDS)).all()
    by_wording: dict[tuple[int, int], set[int]] = {}
    for label, fold in zip(labels, folds, strict=True):
        by_wording.setdefault(label, set()).add(int(fold))
    assert all(len(found) == 1 for found in by_wording.values())


def test_an_exemplar_finds_itself_until_its_wording_is_left_out() -> None:
    whole, folds = made(), crossfit.folds(TEXTS, OWNERS)
    vectors = np.asarray(whole.vectors, np.float32)
    plain = crossfit.features(index.build(whole), TEXTS, vectors)
    left_out = crossfit.left_out(whole, folds, TEXTS, vectors, folds)
    assert left_out.shape == plain.shape == (len(TEXTS), len(DOMAINS) + 1, len(FEATURES))
    assert np.isfinite(left_out).all()
    rows, own = np.arange(len(TEXTS)), np.array(OWNERS)
    for feature in ("words_nearest", "pieces_nearest", "dense_nearest"):
        column = FEATURES.index(feature)
        assert (left_out[rows, own, column] < plain[rows, own, column] - 1e-3).mean() > 0.75, feature


def test_a_prompt_left_out_sees_an_index_without_its_fold() -> None:
    whole, folds = made(), crossfit.folds(TEXTS, OWNERS)
    asked, held = ["What is 3 + 4?", "hello"], np.array([2, 4])
    vectors = hashed(asked)
    found = crossfit.left_out(whole, folds, asked, vectors, held)
    for row, fold in enumerate(held):
        without = index.build(whole.only(folds != fold))
        by_hand = crossfit.features(without, [asked[row]], vectors[row : row + 1])
        assert np.array_equal(found[row], by_hand[0])


def test_without_an_encoder_the_dense_features_are_zero() -> None:
    found = crossfit.features(index.build(made(dense=False)), ["What is 3 + 4?"], None)
    assert not found[..., len(LEXICAL) :].any()
    assert found[..., : len(LEXICAL)].any()


def test_an_expert_all_of_one_wording_is_left_without_exemplars_and_nothing_breaks() -> None:
    bank = {"sums": ["What is 3 + 4?", "What is 5 + 9?"], "roman": BANK["roman"]}
    sources = [source.of(name, texts) for name, texts in bank.items()]
    whole = material.gather(sources, source.of("base", background.everyday()), hashed, {})
    texts = [*bank["sums"], *bank["roman"], *background.everyday()]
    folds = crossfit.folds(texts, [0] * 2 + [1] * 20 + [2] * len(background.everyday()))
    found = crossfit.left_out(whole, folds, texts[:1], hashed(texts[:1]), folds[:1])
    assert np.isfinite(found).all()
    alike = [place for place, name in enumerate(LEXICAL) if not name.endswith("odds")]
    assert not found[0, 0, alike].any()
