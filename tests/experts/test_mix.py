"""Mixes: weights in steps, sums of one, an identity that ignores order."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.errors import UsageError
from vortex_tui.experts import mix
from vortex_tui.experts.mix import Mix, MixPart

names = st.text("abcdef", min_size=1, max_size=6)
positive = st.dictionaries(names, st.floats(1e-6, 1e6), min_size=1, max_size=12)
parts = st.lists(
    st.builds(MixPart, names, st.text("0123456789abcdef", min_size=4, max_size=4), st.floats(-1.9, 1.9)),
    max_size=6,
    unique_by=lambda part: part.content_hash,
)


@given(positive)
def test_normalised_weights_are_steps_that_sum_to_one(weights: dict[str, float]) -> None:
    shares = mix.normalised(weights)
    assert math.isclose(sum(shares.values()), 1.0)
    assert all(math.isclose(w / mix.STEP, round(w / mix.STEP)) for w in shares.values())
    assert all(abs(shares.get(n, 0.0) - w / sum(weights.values())) < mix.STEP for n, w in weights.items())


@given(parts, st.randoms())
def test_a_mix_does_not_depend_on_the_order_of_its_parts(given_parts: list[MixPart], order: object) -> None:
    shuffled = list(given_parts)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert mix.make(shuffled).hash == mix.make(given_parts).hash


@given(parts)
def test_another_weight_is_another_mix(given_parts: list[MixPart]) -> None:
    made = mix.make(given_parts)
    for n, part in enumerate(made.parts):
        moved = MixPart(part.expert, part.content_hash, part.weight + mix.STEP)
        assert mix.make([*made.parts[:n], moved, *made.parts[n + 1 :]]).hash != made.hash


def test_parts_without_weight_are_no_parts() -> None:
    assert mix.make([MixPart("a", "00", 0.02)]) == Mix()


def test_a_mix_is_read_from_words() -> None:
    assert mix.parse("arithmetic=0.7, units=0.3") == {"arithmetic": 0.7, "units": 0.3}
    assert mix.parse("sql") == {"sql": 1.0}


@pytest.mark.parametrize(
    "text", ["", "a=", "=1", "a=nan", "a=x", "a=0", "a=3", "a=inf", "a,a", "a=0.5,,b=0.5"]
)
def test_what_is_no_mix_is_refused_as_usage(text: str) -> None:
    with pytest.raises(UsageError):
        mix.parse(text)


def test_an_expert_named_twice_has_the_sum_of_its_weights() -> None:
    twice = mix.make([MixPart("a", "00", 0.5), MixPart("a/run", "00", 0.25)])
    assert [(part.content_hash, part.weight) for part in twice.parts] == [("00", 0.75)]


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -2.1, 1e9])
def test_a_weight_out_of_bounds_is_refused_whoever_sends_it(weight: float) -> None:
    with pytest.raises(UsageError, match="out of bounds"):
        mix.make([MixPart("a", "00", weight)])
