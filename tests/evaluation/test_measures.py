"""Every measure against values worked out by hand or printed in tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.evaluation.comparisons import verdict
from vortex_tui.evaluation.measures import Bin, brier, ece, recall, reliability, upper_bound
from vortex_tui.evaluation.report import Figure

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0])), max_size=80)


def columns(pairs: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in pairs]), np.array([y for _, y in pairs])


@pytest.mark.parametrize(
    ("failures", "n", "bound"),
    [
        (0, 100, 1 - 0.05 ** (1 / 100)),  # in closed form: (1 - p)^n = 0.05
        (0, 640, 1 - 0.05 ** (1 / 640)),
        (1, 10, 0.394163),  # the 0.95 quantile of Beta(2, 9)
        (5, 20, 0.455582),  # and of Beta(6, 15)
        (3, 3, 1.0),
    ],
)
def test_the_upper_bound_is_that_of_clopper_and_pearson(failures: int, n: int, bound: float) -> None:
    assert upper_bound(failures, n) == pytest.approx(bound, abs=1e-6)


@given(st.integers(1, 400), st.data())
def test_more_failures_have_a_higher_bound(n: int, data: st.DataObject) -> None:
    failures = data.draw(st.integers(0, n - 1))
    assert failures / n < upper_bound(failures, n) < upper_bound(failures + 1, n) + 1e-12 <= 1.0 + 1e-12


def test_a_right_expert_is_recalled_where_it_stands() -> None:
    ranked = ["sql", "json", "shell"]
    assert [recall(ranked, ("json", "case"), k) for k in (1, 2, 3)] == [False, True, True]
    assert not recall([], ("json",), 5)


def test_calibration_error_by_hand() -> None:
    # Two bins of two: said 0.1 and 0.3, so 0 and 1 (off by 0.3); said 0.8 and 1.0, so 1 and 1 (off by 0.1).
    sure, so = columns([(0.8, 1.0), (0.1, 0.0), (1.0, 1.0), (0.3, 1.0)])
    table = reliability(sure, so, bins=2)
    assert table == [Bin(2, 0.2, 0.5), Bin(2, 0.9, 1.0)]
    assert ece(table) == pytest.approx(0.5 * 0.3 + 0.5 * 0.1)
    assert brier(sure, so) == pytest.approx((0.04 + 0.01 + 0.0 + 0.49) / 4)


def test_without_prompts_there_is_no_calibration() -> None:
    assert reliability(np.array([]), np.array([])) == []
    assert ece([]) is None
    assert brier(np.array([]), np.array([])) is None


@given(PAIRS, st.randoms(use_true_random=False))
def test_calibration_is_in_bounds_and_knows_no_order(
    pairs: list[tuple[float, float]], rng: np.random.Generator
) -> None:
    table = reliability(*columns(pairs))
    shuffled = list(pairs)
    rng.shuffle(shuffled)
    assert reliability(*columns(shuffled)) == table
    assert sum(each.n for each in table) == len(pairs)
    if pairs:
        assert 0.0 <= (ece(table) or 0.0) <= 1.0
        assert max(each.n for each in table) - min(each.n for each in table) <= 1


@pytest.mark.parametrize(
    ("low", "high", "higher", "said"),
    [
        (0.01, 0.2, True, "better"),
        (0.01, 0.2, False, "worse"),
        (-0.2, -0.01, True, "worse"),
        (-0.2, -0.01, False, "better"),
        (-0.1, 0.1, True, "no difference beyond noise"),
        (0.0, 0.1, True, "no difference beyond noise"),
        (None, None, True, "not measured"),
    ],
)
def test_an_interval_decides_only_where_it_leaves_zero_out(
    low: float | None, high: float | None, higher: bool, said: str
) -> None:
    assert verdict(Figure(value=0.1, low=low, high=high, n=9), higher_is_better=higher) == said
