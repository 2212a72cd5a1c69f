"""The intervals and the verdicts they lead to, on generated outcomes: how often they err, and which way."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.promotion import gating
from vortex_tui.promotion.estimates import (
    ONE_SIDED,
    Estimate,
    Vector,
    of_answers,
    of_losses,
    of_rate,
    student,
    tango,
)

LEAST, MARGIN = 0.05, 0.05


def outcomes(
    random: np.random.Generator, n: int, wordings: int, better: float, worse: float, together: float
) -> tuple[Vector, list[str]]:
    """n prompts of so many wordings; ``together``: the share that does as its wording does."""
    labels = np.arange(n) % wordings
    shared = random.choice([1.0, -1.0, 0.0], wordings, p=[better, worse, 1 - better - worse])
    alone = random.choice([1.0, -1.0, 0.0], n, p=[better, worse, 1 - better - worse])
    values = np.where(random.random(n) < together, shared[labels], alone)
    return values, [str(label) for label in labels]


def test_of_a_thousand_candidates_that_gain_nothing_few_pass() -> None:
    random = np.random.default_rng(7)
    passed = 0
    for place in range(1000):
        n, wordings, together = [(60, 8, 0.3), (120, 10, 0.6), (120, 40, 0.0), (120, 10, 0.3)][place % 4]
        made = outcomes(random, n, wordings, 0.1, 0.1, together)
        passed += gating.gain(of_answers(*made), LEAST, "", {}).verdict == "pass"
    # One-sided 2.5 % is what is stated; of 1,000 with 2.5 % four standard errors more are 45.
    assert passed <= 45


def no_worse(random: np.random.Generator, n: int, better: float, worse: float) -> str:
    found = of_answers(*outcomes(random, n, 60, better, worse, 0.0), ONE_SIDED)
    return gating.not_worse("others/a", found, MARGIN, "", {}).verdict


def test_a_loss_at_the_margin_is_seldom_taken_for_none() -> None:
    random = np.random.default_rng(8)
    found = [no_worse(random, 247, 0.025, 0.075) for _ in range(1000)]
    # 5 % is what is stated, and four standard errors.
    assert found.count("pass") <= 0.08 * 1000


def test_ten_percent_that_differ_need_about_247_pairs_for_a_margin_of_five() -> None:
    random = np.random.default_rng(9)
    power = {}
    for n in (60, 120, 247, 687):
        found = [no_worse(random, n, 0.05, 0.05) for _ in range(300)]
        power[n] = found.count("pass") / len(found)
        assert found.count("fail") <= 0.04 * len(found)
    assert power[60] < 0.35 < power[120] < 0.7
    assert 0.7 <= power[247] <= 0.9
    assert power[687] > 0.97


def test_a_real_gain_of_twenty_points_is_nearly_always_found_on_120_prompts() -> None:
    random = np.random.default_rng(10)
    made = [outcomes(random, 120, 20, 0.25, 0.05, 0.1) for _ in range(300)]
    found = [gating.gain(of_answers(*one), LEAST, "", {}).verdict for one in made]
    assert found.count("pass") >= 0.8 * len(found)
    assert found.count("fail") <= 0.02 * len(found)


def test_nothing_seen_is_not_nothing() -> None:
    # No difference in n prompts leaves z²/(n + z²) open: a bound of 5 % needs 52 of them.
    assert tango(0, 0, 73) == pytest.approx((-0.05, 0.05), abs=1e-4)
    verdicts = {}
    for n in (50, 52):
        found = of_answers(np.zeros(n), ["a", "b"] * (n // 2), ONE_SIDED)
        verdicts[n] = gating.not_worse("others/a", found, MARGIN, "", {}).verdict
    assert verdicts == {50: "inconclusive", 52: "pass"}
    # Nor are three losses in the only wording that differs three independent ones.
    few = np.array([-1.0] * 6 + [0.0] * 114)
    together = of_answers(few, ["same"] * 6 + [f"w{i % 20}" for i in range(114)])
    apart = of_answers(few, [f"w{i % 20}" for i in range(120)])
    assert together.low is not None
    assert apart.low is not None
    assert together.low < apart.low


@pytest.mark.parametrize(("wins", "losses", "n"), [(3, 1, 44), (0, 6, 120), (30, 12, 247), (59, 0, 60)])
def test_the_score_interval_is_where_the_likelihood_says(wins: int, losses: int, n: int) -> None:
    for bound in tango(wins, losses, n):
        # Of all shares of losses with this difference, the likeliest, found by looking at every one.
        worse = np.linspace(max(0.0, -bound), (1 - bound) / 2, 200_001)[1:-1]
        better, ties = worse + bound, 1 - 2 * worse - bound
        likelihood = wins * np.log(better) + losses * np.log(worse) + (n - wins - losses) * np.log(ties)
        best = float(worse[np.argmax(likelihood)])
        spread = n * (2 * best + bound - bound**2)
        assert abs(wins - losses - n * bound) / math.sqrt(spread) == pytest.approx(1.96, abs=0.01)


@pytest.mark.parametrize(
    ("freedom", "wanted"), [(4, 2.776), (7, 2.365), (10, 2.228), (30, 2.042), (400, 1.966)]
)
def test_students_t(freedom: int, wanted: float) -> None:
    assert student(freedom) == pytest.approx(wanted, rel=0.01)


values = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=60)


@given(values, st.integers(1, 12))
def test_an_interval_holds_its_value_and_stays_in_bounds(made: list[float], wordings: int) -> None:
    found = of_answers(np.array(made), [str(place % wordings) for place in range(len(made))])
    if found.sound:
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert -1.0 <= found.low <= found.value <= found.high <= 1.0
    else:
        assert found.clusters == 1


@given(values, st.integers(2, 12))
def test_turning_outcomes_over_turns_the_interval_over(made: list[float], wordings: int) -> None:
    labels = [str(place % wordings) for place in range(len(made))]
    one, other = of_answers(np.array(made), labels), of_answers(-np.array(made), labels)
    if one.sound:
        assert one.value == pytest.approx(-(other.value or 0.0))
        assert one.low == pytest.approx(-(other.high or 0.0), abs=1e-6)


@given(st.integers(0, 59), st.floats(allow_nan=True, allow_infinity=True))
def test_a_figure_that_is_missing_or_odd_never_passes(place: int, odd: float) -> None:
    made = np.ones(60)
    made[place] = odd
    labels = [str(each % 10) for each in range(60)]
    for measure in (of_answers, of_losses, of_rate):
        found = measure(made, labels)
        if not math.isfinite(odd):
            assert not found.sound
            assert gating.gain(found, LEAST, "", {}).verdict == "inconclusive"


@given(*[st.none() | st.floats(allow_nan=True, allow_infinity=True)] * 3)
def test_no_gate_passes_without_three_finite_numbers(
    value: float | None, low: float | None, high: float | None
) -> None:
    found = Estimate(value, low, high, 100, 10)
    gates = (
        gating.gain(found, LEAST, "", {}),
        gating.not_worse("others/a", found, MARGIN, "", {}),
        gating.rare("harm", found, 0.05, {}),
    )
    if not all(one is not None and math.isfinite(one) for one in (value, low, high)):
        assert {gate.verdict for gate in gates} == {"inconclusive"}
        assert {gate.value for gate in gates} == {None}


def test_no_prompts_are_no_promotion() -> None:
    nothing = of_answers(np.array([]), [])
    assert gating.gain(nothing, LEAST, "", {}).verdict == "inconclusive"
    assert "no prompts" in gating.gain(nothing, LEAST, "", {}).reason


def test_losses_that_tie_leave_open_what_was_not_seen() -> None:
    found = of_losses(np.zeros(120), [str(place % 8) for place in range(120)], ONE_SIDED)
    assert found.low == pytest.approx(-0.022, abs=1e-3)
    assert gating.not_worse("others/code", found, MARGIN, "nats", {}).verdict == "pass"


def test_worse_is_told_from_not_shown() -> None:
    verdicts = {
        (value, low, high): gating.not_worse(
            "others/a", Estimate(value, low, high, 100, 10), MARGIN, "", {}
        ).verdict
        for value, low, high in product((-0.1, -0.02), (-0.2, -0.04), (-0.01, 0.03))
    }
    assert verdicts[-0.1, -0.2, -0.01] == "fail"
    assert verdicts[-0.1, -0.2, 0.03] == "inconclusive"
    assert verdicts[-0.02, -0.2, -0.01] == "inconclusive"
    assert verdicts[-0.02, -0.04, -0.01] == "pass"
