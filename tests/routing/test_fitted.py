"""A fit's promise about prompts that no expert should get, and its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.routing import fitted
from vortex_tui.routing.fitted import Fit, Fitted

HEAD = fitted.shipped().parts["lexical"].head
SHARES = st.lists(st.floats(0, 1), max_size=60)


def part(**groups: list[float]) -> Fitted:
    return Fitted(head=HEAD, stay_out={name: tuple(rows) for name, rows in groups.items()}, sure=0.9)


@given(SHARES, SHARES, st.floats(0, 1))
def test_no_more_of_the_seen_prompts_are_above_than_allowed(
    base: list[float], nobody: list[float], max_harm: float
) -> None:
    seen = [*base, *nobody]
    threshold = part(base=base, nobody=nobody).threshold(max_harm)
    assert 0.0 <= threshold <= 1.0
    above = sum(share > threshold for share in seen)
    assert above <= max(0.0, max_harm * (len(seen) + 1) - 1 + 1e-9)


@given(SHARES, st.floats(0, 1), st.floats(0, 1))
def test_who_allows_more_harm_asks_for_less_certainty(seen: list[float], one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert part(base=seen).threshold(more) <= part(base=seen).threshold(less)


@pytest.mark.parametrize(("prompts", "max_harm"), [(60, 0.05), (49, 0.02), (200, 0.1), (10, 0.35)])
def test_the_share_of_new_prompts_above_it_is_at_most_what_is_allowed(prompts: int, max_harm: float) -> None:
    """Exchangeable scores, drawn again and again: the promise of conformal risk control."""
    rng = np.random.default_rng(prompts)
    draws = 4000
    harmed = 0
    for _ in range(draws):
        *seen, new = rng.beta(0.4, 3.0, prompts + 1).tolist()
        harmed += new > part(base=seen[::2], nobody=seen[1::2]).threshold(max_harm)
    noise = 3 * (max_harm * (1 - max_harm) / draws) ** 0.5
    assert harmed / draws <= max_harm + noise
    # Nor is it needlessly strict: what is promised is used up to one prompt.
    assert harmed / draws >= max_harm - 1 / (prompts + 1) - noise


@pytest.mark.parametrize("count", [0, 1, 48])
def test_too_few_prompts_promise_nothing_and_nobody_gets_in(count: int) -> None:
    assert part(base=[0.0] * count).threshold(0.02) == 1.0


def test_whoever_allows_everything_asks_for_nothing() -> None:
    assert part(base=[0.9, 0.8]).threshold(1.0) == 0.0


def test_a_fit_comes_back_as_it_was(tmp_path: Path) -> None:
    file = fitted.file_of(tmp_path, "ab" * 32)
    fitted.write(fitted.shipped(), file)
    assert fitted.read(file) == fitted.shipped()
    assert file != fitted.file_of(tmp_path, "cd" * 32)
    assert fitted.file_of(tmp_path, "").name == "lexical.json"


@pytest.mark.parametrize("damage", ["", "{", "[]", "\x00\xff", "{}"])
def test_a_damaged_fit_is_none(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "fit.json"
    file.write_text(damage, encoding="utf-8")
    assert fitted.read(file) is None
    assert fitted.read(tmp_path) is None
    assert fitted.read(tmp_path / "absent.json") is None


def test_a_fit_of_another_schema_is_none(tmp_path: Path) -> None:
    other = Fit.model_validate({**fitted.shipped().model_dump(), "schema_version": fitted.SCHEMA + 1})
    fitted.write(other, tmp_path / "fit.json")
    assert fitted.read(tmp_path / "fit.json") is None
