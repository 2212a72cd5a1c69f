"""Splits follow a hash, and small corpora still have something to be judged by."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.corpora.splitting import ENOUGH, SHARES, SPLITS, Cluster, minima, place


def clusters(count: int, size: int = 1) -> list[Cluster]:
    return [Cluster(hashlib.sha256(str(n).encode()).hexdigest(), size) for n in range(count)]


def counted(found: dict[str, str]) -> dict[str, int]:
    return {split: sum(one == split for one in found.values()) for split in SPLITS}


def test_a_large_corpus_has_the_shares() -> None:
    found = counted(place(clusters(20_000), {}))
    for split, share in SHARES.items():
        assert found[split] / 20_000 == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10, 40, 100, 1_000, 3_000])
def test_a_small_corpus_has_its_minima(count: int) -> None:
    found = counted(place(clusters(count), {}))
    assert sum(found.values()) == count
    for split, least in minima(count).items():
        assert found[split] >= least


def test_one_example_is_trained_on() -> None:
    assert counted(place(clusters(1), {}))["train"] == 1


def test_a_gate_of_enough_is_not_filled_further() -> None:
    there = {"train": 5_000, **ENOUGH}
    new = clusters(200)
    assert place(new, there) == {one.id: place([one], {**there})[one.id] for one in new}


@given(st.lists(st.integers(1, 30), max_size=40), st.integers(0, 300))
def test_every_cluster_is_placed_once_whatever_their_sizes(sizes: list[int], trained: int) -> None:
    new = [Cluster(hashlib.sha256(f"{n}".encode()).hexdigest(), size) for n, size in enumerate(sizes)]
    found = place(new, {"train": trained})
    assert set(found) == {one.id for one in new}
    assert found == place(list(reversed(new)), {"train": trained})
