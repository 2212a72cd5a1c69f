"""From gates to a verdict, on gates that nobody measured: what is absent or odd promotes nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.evaluation.case import Case
from vortex_tui.experts.mix import Mix
from vortex_tui.promotion import blocks, calibration, cost
from vortex_tui.promotion.blocks import Block
from vortex_tui.promotion.outcomes import Row
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.report import Gate, GateVerdict
from vortex_tui.promotion.verdict import GATES, TITLES, not_asked, unmeasured, verdict
from vortex_tui.settings import Promotion, Router

POLICY = Policy()
found = st.sampled_from(["pass", "fail", "inconclusive", "not_applicable"])


def gates(**verdicts: GateVerdict) -> list[Gate]:
    return [
        Gate(id=name, title=TITLES[name], verdict=verdicts.get(name, "pass"), reason="") for name in GATES
    ]


def test_all_passed_is_a_promotion() -> None:
    assert verdict(gates()) == "PROMOTE"
    assert verdict([*gates(), Gate(id="others/b", title="", verdict="pass", reason="")]) == "PROMOTE"


@given(st.sampled_from(GATES))
def test_a_gate_that_is_absent_is_no_promotion(name: str) -> None:
    assert verdict([gate for gate in gates() if gate.id != name]) == "INCONCLUSIVE"
    assert verdict([]) == "INCONCLUSIVE"


@given(st.dictionaries(st.sampled_from(GATES), found))
def test_only_passes_and_what_may_be_absent_promote(verdicts: dict[str, Any]) -> None:
    told = set(verdicts.values())
    absent = {name for name, one in verdicts.items() if one == "not_applicable"}
    expected = "PROMOTE"
    if "fail" in told:
        expected = "REJECT"
    elif "inconclusive" in told or absent - {"calibration", "baseline", "others", "theft"}:
        expected = "INCONCLUSIVE"
    assert verdict(gates(**verdicts)) == expected


def test_what_was_not_measured_is_inconclusive_and_what_was_not_asked_rests_on_a_failure() -> None:
    assert verdict([*gates()[:-2], *unmeasured(GATES[-2:], "the engine died")]) == "INCONCLUSIVE"
    assert verdict([*gates()[:-2], *not_asked(GATES[-2:], "x")]) == "INCONCLUSIVE"
    assert verdict([*gates(leak="fail")[:-2], *not_asked(GATES[-2:], "x")]) == "REJECT"


def timed(ratio: float, noise: float, count: int, seed: int) -> list[Block]:
    random = np.random.default_rng(seed)
    return [
        tuple(float(rate) for rate in np.array([1, ratio, ratio, 1]) * random.lognormal(3, noise, 4))  # type: ignore[misc]
        for _ in range(count)
    ]


def test_the_same_speed_passes_and_a_slow_one_fails_through_noise() -> None:
    verdicts: dict[float, list[str]] = {1.0: [], 0.6: [], 0.85: []}
    for seed in range(200):
        for ratio, kept in verdicts.items():
            alike, apart = timed(1.0, 0.1, 10, 2 * seed), timed(ratio, 0.1, 40, 2 * seed + 1)
            kept.append(blocks.speed(alike, apart, "a", 0.85, POLICY).verdict)
    assert verdicts[1.0].count("fail") == 0
    assert verdicts[1.0].count("pass") >= 170
    assert verdicts[0.6].count("pass") == 0
    assert verdicts[0.6].count("fail") >= 170
    assert (
        verdicts[0.85].count("pass") <= 10
    )  # just at the limit: stated 1 %, ten neighbouring blocks at most


def test_a_slow_minute_falls_on_both() -> None:
    drift = np.linspace(1.0, 0.3, 40)
    apart = [(d * 50.0, d * 50.0, d * 50.0, d * 50.0) for d in drift]
    assert blocks.speed(apart[:10], apart, "a", 0.85, POLICY).verdict == "pass"


def test_a_machine_that_differs_from_itself_says_nothing() -> None:
    alike = [(50.0, 60.0, 60.0, 50.0)] * 10
    gate = blocks.speed(alike, [(50.0, 50.0, 50.0, 50.0)] * 10, "a", 0.85, POLICY)
    assert gate.verdict == "inconclusive"
    assert "unquiet" in gate.reason


@given(st.integers(0, 9), st.integers(0, 3), st.sampled_from([0.0, -1.0, math.nan, math.inf]))
def test_an_odd_time_never_passes(block: int, place: int, odd: float) -> None:
    sound: list[Block] = [(50.0, 50.0, 50.0, 50.0)] * 10
    broken = list(sound)
    rates = [50.0] * 4
    rates[place] = odd
    broken[block] = (rates[0], rates[1], rates[2], rates[3])
    assert blocks.speed(sound, broken, "a", 0.85, POLICY).verdict == "inconclusive"
    assert blocks.speed(broken, sound, "a", 0.85, POLICY).verdict == "inconclusive"
    assert blocks.speed(sound, sound[:9], "a", 0.85, POLICY).verdict == "inconclusive"


@given(st.floats(allow_nan=True, allow_infinity=True), st.none() | st.floats(allow_nan=True))
def test_memory_that_is_no_size_never_passes(mine: float, theirs: float | None) -> None:
    gate = cost.memory_gate(mine, theirs, "a", POLICY)
    sound = 1e-6 <= mine < math.inf and (theirs is None or 1e-6 <= theirs < math.inf)
    assert sound or gate.verdict == "inconclusive"
    if gate.verdict == "pass" and theirs is not None:
        assert mine <= 2 * theirs


def test_whom_a_cost_is_held_against() -> None:
    sizes = {"a/1": 10, "b/1": 30, "c/1": 20, "d/1": 5}
    assert cost.rivals("d/1", "b/1", ["a/1", "b/1", "c/1"], sizes).other == "b/1"
    assert cost.rivals("d/1", None, ["a/1", "b/1", "c/1"], sizes).other == "c/1"
    assert cost.rivals("d/1", None, [], sizes).other is None


def row(domain: str, called: tuple[float, float], number: int) -> Row:
    case = Case(split="gate", kind="own", domains=(domain,) if domain else (), prompt=f"{domain} {number}")
    return Row(case, str(number % 20), Mix(), Mix(), called, 0.0)


def test_a_router_that_grows_too_sure_fails_and_one_that_does_not_passes() -> None:
    served = [row("a", (0.98, 0.98), n) for n in range(200)]
    far = [row("", (0.05, 0.05), n) for n in range(200)]
    spoiled = [row("", (0.05, 0.9), n) for n in range(200)]
    check = calibration.check
    assert check([*served, *far], "hybrid", {"a"}, {"a"}, POLICY).verdict == "pass"
    assert check([*served, *spoiled], "hybrid", {"a"}, {"a"}, POLICY).verdict == "fail"
    assert check([*served, *far], "arrow", {"a"}, {"a"}, POLICY).verdict == "not_applicable"
    odd = [row("a", (0.98, math.nan), n) for n in range(5)]
    assert check([*served, *odd], "hybrid", {"a"}, {"a"}, POLICY).verdict == "inconclusive"
    assert check([], "hybrid", {"a"}, {"a"}, POLICY).verdict == "inconclusive"


OTHERWISE: dict[str, Any] = {"thresholds": Promotion(min_gain=0.2), "router": Router(mode="manual")}


def test_whatever_decides_is_in_the_policys_hash() -> None:
    hashes = {POLICY.hash}
    for name, field in Policy.model_fields.items():
        changed: Any = OTHERWISE.get(name) or field.default * 2 or type(field.default)(1)
        hashes.add(POLICY.model_copy(update={name: changed}).hash)
    assert len(hashes) == 1 + len(Policy.model_fields)
    for name, field in Promotion.model_fields.items():
        changed = POLICY.thresholds.model_copy(update={name: type(field.default)(field.default / 2)})
        hashes.add(POLICY.model_copy(update={"thresholds": changed}).hash)
    assert len(hashes) == 1 + len(Policy.model_fields) + len(Promotion.model_fields)
    assert len(POLICY.hash) == 64


@pytest.mark.parametrize("value", [0.0, -0.1, 1.5])
def test_a_threshold_of_the_wrong_sign_is_no_profile(value: float) -> None:
    with pytest.raises(ValueError, match="min_gain"):
        Promotion(min_gain=value)
