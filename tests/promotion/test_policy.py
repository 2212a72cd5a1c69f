"""A policy's hash: other thresholds, another profile or other settings of it are another policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vortex_tui import profile as profiles
from vortex_tui.promotion import policy


def hashed(name: str = "mine", **tables: Any) -> str:
    return policy.of(profiles.parse(tables, Path(f"{name}.toml"))).hash


@pytest.mark.parametrize(
    "tables",
    [
        {"promotion": {"min_gain": 0.06}},
        {"security": {"allow_promotion_without_baseline": True}},
        {"experts": {"router": {"mode": "manual"}}},
        {"experts": {"max_loaded": 1}},
        {"core": {"hf_quantization": "none"}},
        {"core": {"system_prompt": "Answer in one word."}},
    ],
)
def test_what_decides_a_verdict_is_in_it(tables: dict[str, Any]) -> None:
    assert hashed(**tables) != hashed()


def test_a_report_of_one_profile_approves_nothing_under_another() -> None:
    assert hashed("mine") == hashed("mine") != hashed("theirs")


def test_what_decides_nothing_is_not() -> None:
    assert hashed(decode={"temperature": 0.1}, server={"port": 9}) == hashed()
