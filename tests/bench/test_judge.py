"""The judge on recorded and generated traces: what it catches, what it must not call, what it cannot say."""

from __future__ import annotations

import json
import math
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.traces import NOISES, looked_at, trace
from vortex_tui.bench.judge import (
    FALSE_ALARM_RATE,
    FEWEST,
    Measured,
    Reference,
    at_least,
    judge,
    overall,
    regression,
)
from vortex_tui.bench.resample import interval, ratio
from vortex_tui.settings import BenchThresholds

RECORDED: list[list[float]] = json.loads((Path(__file__).parent / "recorded.json").read_text())["traces"]
ORDER = {"fail": 0, "inconclusive": 1, "pass": 2}
rates = st.lists(st.floats(1.0, 1e3), min_size=FEWEST, max_size=15)
LIMITS = BenchThresholds(min_tokens_per_sec=5.0, max_regression=0.15, required_ctx=4096)


@given(rates, rates, st.floats(0.1, 1.0), st.floats(0.0, 0.9))
@settings(max_examples=60, deadline=None)
def test_a_slower_candidate_is_never_judged_better(
    baseline: list[float], candidate: list[float], factor: float, allowed: float
) -> None:
    before = regression(baseline, candidate, allowed)
    after = regression(baseline, [rate * factor for rate in candidate], allowed)
    assert ORDER[after.verdict] <= ORDER[before.verdict]


@given(rates, rates)
@settings(max_examples=60, deadline=None)
def test_swapping_the_two_turns_the_interval_over(one: list[float], other: list[float]) -> None:
    low, high = ratio(one, other)
    turned_low, turned_high = ratio(other, one)
    assert turned_low == pytest.approx(1 / high)
    assert turned_high == pytest.approx(1 / low)


@given(rates)
@settings(max_examples=60, deadline=None)
def test_the_interval_of_a_median_is_within_the_runs(values: list[float]) -> None:
    low, high = interval(values)
    assert min(values) <= low <= high <= max(values)


def test_constant_traces_are_judged_to_the_last_digit() -> None:
    assert regression([100.0] * 10, [100.0] * 10, 0.0).verdict == "pass"
    assert regression([100.0] * 10, [85.0] * 10, 0.15).verdict == "pass"
    assert regression([100.0] * 10, [84.9] * 10, 0.15).verdict == "fail"
    assert regression([100.0] * 10, [200.0] * 10, 0.15).ratio == 2.0


def test_a_trace_against_itself_is_no_regression_and_a_wide_one_is_open() -> None:
    wide = [20.0, 300.0, 45.0, 150.0, 90.0, 210.0, 30.0, 120.0]
    assert regression(wide, wide, 0.15).verdict == "inconclusive"
    assert regression(wide, wide, 1.0).verdict == "pass"


@pytest.mark.parametrize("runs", [0, 1, FEWEST - 1])
def test_too_few_runs_decide_nothing(runs: int) -> None:
    for judged in (regression([100.0] * 10, [1.0] * runs, 0.15), regression([1.0] * runs, [9.0] * 10, 0.15)):
        assert judged.verdict == "inconclusive"
        assert "runs" in judged.reason


@pytest.mark.parametrize("odd", [0.0, -1.0, math.nan, math.inf])
def test_a_time_that_no_clock_can_have_measured_never_passes(odd: float) -> None:
    bad = [100.0] * 9 + [odd]
    for judged in (
        regression([100.0] * 10, bad, 0.15),
        regression(bad, [100.0] * 10, 0.15),
        at_least(bad, 1),
    ):
        assert judged.verdict == "inconclusive"
        assert "clock" in judged.reason


def test_figures_beyond_all_measure_are_open_and_do_not_crash() -> None:
    assert regression([1e-300] * 10, [1e300] * 10, 0.15).verdict == "inconclusive"


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=8), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_whatever_comes_is_judged_and_odd_things_do_not_pass(values: list[float], allowed: float) -> None:
    verdict = regression([100.0] * 10, values, allowed).verdict
    sound = len(values) >= FEWEST and all(math.isfinite(value) and value > 0 for value in values)
    assert sound or verdict == "inconclusive"


@pytest.mark.slow
def test_no_alarm_in_a_thousand_benches_of_the_same_beyond_the_stated_rate() -> None:
    rng, per_noise = np.random.default_rng(7), 1000 // len(NOISES)
    verdicts = [
        looked_at(trace(rng, 10, noise), trace(rng, 20, noise), 0.15)
        for noise in NOISES
        for _ in range(per_noise)
    ]
    assert len(verdicts) == 1000
    assert verdicts.count("fail") <= FALSE_ALARM_RATE * len(verdicts)


@pytest.mark.parametrize(("noise", "share"), [("calm", 0.99), ("noisy", 0.9), ("sticky", 0.8)])
def test_a_planted_slow_down_of_30_percent_is_caught(noise: str, share: float) -> None:
    rng = np.random.default_rng(11)
    verdicts = [looked_at(trace(rng, 10, noise), trace(rng, 20, noise, 70.0), 0.15) for _ in range(100)]
    assert verdicts.count("fail") >= share * len(verdicts)
    assert verdicts.count("pass") <= FALSE_ALARM_RATE * len(verdicts)


def test_wide_noise_is_called_open_and_neither_good_nor_bad() -> None:
    rng = np.random.default_rng(13)
    verdicts = [looked_at(trace(rng, 10, "wide"), trace(rng, 20, "wide"), 0.15) for _ in range(100)]
    assert verdicts.count("inconclusive") >= 80


def test_recorded_benches_of_the_same_raise_no_alarm() -> None:
    for baseline, candidate in permutations(RECORDED, 2):
        assert looked_at(baseline[:10], candidate, 0.15) != "fail"


def test_recorded_benches_of_a_busy_machine_are_never_passed_when_slower_and_caught_when_far() -> None:
    for baseline, candidate in permutations(RECORDED, 2):
        slower = {share: [rate * share for rate in candidate] for share in (0.7, 0.2)}
        assert looked_at(baseline[:10], slower[0.7], 0.15) != "pass"
        assert looked_at(baseline[:10], slower[0.2], 0.15) == "fail"


def test_a_minimum_is_judged_by_its_interval() -> None:
    assert at_least([10.0] * 5, 10.0).verdict == "pass"
    assert at_least([9.0] * 5, 10.0).verdict == "fail"
    assert at_least([8.0, 12.0, 9.0, 11.0, 10.0], 10.0).verdict == "inconclusive"
    assert at_least([1.0], 0.0).verdict == "pass"


@pytest.mark.parametrize(("rate", "verdict"), [(25.0, "pass"), (4.0, "fail"), (12.0, "inconclusive")])
def test_a_single_run_decides_a_minimum_only_when_it_is_far_off(rate: float, verdict: str) -> None:
    assert at_least([rate], 10.0).verdict == verdict


def verdicts_of(measured: Measured, reference: Reference) -> dict[str, str]:
    judged = judge(measured, reference, LIMITS)
    return {one.threshold: one.verdict for one in judged.thresholds} | {"all": judged.verdict}


def test_memory_and_context_are_judged_and_a_missing_gpu_is_not() -> None:
    steady, known = (100.0,) * 10, Reference((100.0,) * 10, "2026-01-01")
    assert verdicts_of(Measured(steady, 4096, None, "no GPU"), known) == {
        "min_tokens_per_sec": "pass",
        "max_regression": "pass",
        "max_vram_peak_mb": "not_applicable",
        "required_ctx": "pass",
        "all": "pass",
    }
    assert verdicts_of(Measured(steady, 4095, 15501.0), known)["required_ctx"] == "fail"
    assert verdicts_of(Measured(steady, 4096, 15501.0), known)["max_vram_peak_mb"] == "fail"
    assert verdicts_of(Measured(steady, 4096, 15500.0), known)["max_vram_peak_mb"] == "pass"
    for missing in (None, math.nan, 0.0):
        assert verdicts_of(Measured(steady, 4096, missing), known)["all"] == "inconclusive"


def test_under_mock_the_rules_are_applied_to_nano_and_every_reason_says_so() -> None:
    steady, known = (100.0,) * 10, Reference((100.0,) * 10, "2026-01-01")
    judged = judge(Measured(steady, 4096, None, "no GPU", mock=True), known, LIMITS)
    assert {one.threshold: one.verdict for one in judged.thresholds} == {
        "min_tokens_per_sec": "pass",
        "max_regression": "pass",
        "max_vram_peak_mb": "not_applicable",
        "required_ctx": "pass",
    }
    assert all(one.reason.endswith("; --mock: nano stood in") for one in judged.thresholds)


def test_a_mock_that_misses_a_rule_fails_like_any_other() -> None:
    steady, none = (100.0,) * 10, Reference(absence="no baseline")
    wide = verdicts_of(Measured(steady, 2048, 1.0, mock=True), none)
    assert (wide["required_ctx"], wide["all"]) == ("fail", "fail")
    assert verdicts_of(Measured((1.0,) * 10, 4096, 1.0, mock=True), none)["min_tokens_per_sec"] == "fail"
    slow = Measured((10.0,) * 10, 4096, 1.0, mock=True)
    assert verdicts_of(slow, Reference(steady, "2026"))["max_regression"] == "fail"
    assert verdicts_of(Measured(steady, 4096, 20_000.0, mock=True), none)["max_vram_peak_mb"] == "fail"


def test_without_a_baseline_no_regression_is_judged() -> None:
    found = verdicts_of(Measured((100.0,) * 5, 4096, None, "no GPU"), Reference(absence="no baseline"))
    assert (found["max_regression"], found["all"]) == ("not_applicable", "pass")


def test_the_gravest_verdict_is_that_of_all() -> None:
    assert overall(["pass", "inconclusive", "fail"]) == "fail"
    assert overall(["pass", "inconclusive", "not_applicable"]) == "inconclusive"
    assert overall(["not_applicable"]) == "not_applicable"
    assert overall([]) == "not_applicable"


@pytest.mark.parametrize(
    "wrong",
    [{"min_tokens_per_sec": -1.0}, {"max_regression": -0.1}, {"max_vram_peak_mb": -1}, {"required_ctx": 0},
     {"min_tokens_per_sec": math.nan}, {"max_regression": 15.0}],
)  # fmt: skip
def test_thresholds_of_the_wrong_sign_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        BenchThresholds.model_validate(wrong)
