"""Intervals of clustered prompts: they cover what they should, and single prompts would not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.evaluation.bootstrap import Clusters


def drawn(rng: np.random.Generator, clusters: int = 40, size: int = 10) -> tuple[list[str], np.ndarray]:
    """Wordings that are mostly right or mostly wrong as a whole; half of all prompts are right."""
    rates = rng.choice([0.1, 0.9], clusters)
    labels = [str(number) for number in range(clusters) for _ in range(size)]
    return labels, (rng.random(clusters * size) < np.repeat(rates, size)).astype(float)


def covers(labels: list[str], values: np.ndarray) -> bool:
    found = Clusters(labels, draws=400).mean(values)
    assert found.low is not None
    assert found.high is not None
    return found.low <= 0.5 <= found.high


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    samples = [drawn(rng) for _ in range(200)]
    clustered = np.mean([covers(labels, values) for labels, values in samples])
    single = np.mean([covers([str(n) for n in range(len(values))], values) for _, values in samples])
    assert 0.9 <= clustered <= 0.985  # 0.95, less what 40 clusters and 200 trials cost
    assert single < 0.75  # prompts of one wording are not independent


def test_a_mean_and_a_ratio_by_hand() -> None:
    found = Clusters(["a", "a", "b", "c"]).mean(np.array([1.0, 0.0, 1.0, 1.0]))
    assert (found.value, found.n) == (0.75, 4)
    # Each draw is of whole clusters, so the least mean is that of cluster a alone.
    assert found.low == pytest.approx(0.5)
    assert found.high == 1.0
    share = Clusters(["a", "b"]).ratio(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    assert (share.value, share.low, share.high) == (0.5, 0.5, 0.5)


def test_what_cannot_be_told_is_null() -> None:
    one = Clusters(["a", "a"]).mean(np.array([1.0, 0.0]))
    assert (one.value, one.low, one.high) == (0.5, None, None)
    none = Clusters([]).mean(np.array([]))
    assert (none.value, none.n) == (None, 0)
    flat = Clusters(["a", "b"]).ratio(np.array([1.0, 1.0]), np.array([0.0, 0.0]))
    assert flat.value is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), min_size=1, max_size=40))
def test_the_interval_holds_the_mean_and_knows_no_order(rows: list[tuple[str, bool]]) -> None:
    def figure(some: list[tuple[str, bool]]) -> tuple[float | None, ...]:
        found = Clusters([c for c, _ in some], draws=200).mean(np.array([float(v) for _, v in some]))
        return found.value, found.low, found.high

    value, low, high = figure(rows)
    assert figure(rows[::-1]) == pytest.approx((value, low, high))
    assert value is not None
    if low is not None and high is not None:
        assert -1e-9 <= low <= high <= 1 + 1e-9
