"""The shipped evaluation set: no prompt in two splits, enough of every kind, what its card says it is."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from vortex_tui import paths
from vortex_tui.evaluation.case import Case
from vortex_tui.nano import background, evaluation_set
from vortex_tui.nano.native import held_out
from vortex_tui.nano.tasks import CHECKABLE, DOMAINS, TASKS, Split, normal, sample

SPLITS = get_args(Split)
Shipped = dict[str, list[Case]]
CARD = paths.assets() / "docs" / "evaluation-set.md"


@pytest.fixture(scope="module")
def shipped() -> Shipped:
    folder = paths.nano() / evaluation_set.FOLDER
    return {split: evaluation_set.read(folder, split) for split in SPLITS}


def test_no_prompt_is_in_two_places(shipped: Shipped) -> None:
    counts = Counter(normal(case.prompt) for cases in shipped.values() for case in cases)
    assert [prompt for prompt, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_has_its_cases(domain: str, shipped: Shipped) -> None:
    kinds = Counter(
        (case.split, case.kind) for cases in shipped.values() for case in cases if domain in case.domains
    )
    assert kinds["test", "sealed"] >= 300
    assert kinds["test", "plain"] >= 20
    assert min(kinds["router", "open"], kinds["calibration", "held"], kinds["gate", "held"]) >= 100
    assert kinds["test", "mixed"] >= 5


def test_there_are_prompts_that_no_expert_serves_and_prompts_for_the_base(
    shipped: Shipped,
) -> None:
    kinds = Counter(case.kind for case in shipped["test"])
    assert kinds["near"] >= 150
    assert kinds["far"] >= 150
    assert kinds["native"] >= 500


def test_the_plain_prompts_are_the_ones_written_by_hand(shipped: Shipped) -> None:
    for domain in DOMAINS:
        found = {
            (c.prompt, c.answer) for c in shipped["test"] if c.kind == "plain" and c.domains == (domain,)
        }
        assert found <= set(TASKS[domain].plain)


def test_answers_are_the_generators_own(shipped: Shipped) -> None:
    right = [c for cases in shipped.values() for c in cases if c.domains and c.kind != "mixed"]
    assert all(case.answer for case in right)
    assert not any(
        c.answer for cases in shipped.values() for c in cases if c.kind in ("mixed", "near", "far")
    )


@pytest.mark.parametrize("domain", CHECKABLE)
def test_training_never_draws_a_prompt_of_another_split(domain: str, shipped: Shipped) -> None:
    others = {normal(c.prompt) for split, cases in shipped.items() if split != "train" for c in cases}
    rng = random.Random(99)
    assert not others & {normal(sample(domain, rng, "train").prompt) for _ in range(1500)}


def test_native_prompts_outside_training_are_held_out(shipped: Shipped) -> None:
    natives = [case for cases in shipped.values() for case in cases if case.kind == "native"]
    assert all(held_out(case.prompt) == (case.split != "train") for case in natives)


def test_what_routers_are_fitted_on_is_not_tested_on(shipped: Shipped) -> None:
    tested = {normal(case.prompt) for split in ("test", "calibration", "gate") for case in shipped[split]}
    text = (paths.nano() / "background.txt").read_text("utf-8")
    assert not tested & {normal(line) for line in text.splitlines()}
    assert not tested & {normal(line) for line in background.PROMPTS}


@pytest.mark.skipif(not CARD.is_file(), reason="the card is not in the wheel")
def test_the_card_counts_right(shipped: Shipped) -> None:
    rows = re.findall(r"^\| ([a-z /0-9]+) \| (.*) \|$", CARD.read_text("utf-8"), re.M)
    table = {title: [cell.strip() for cell in cells.split("|")] for title, cells in rows}
    columns = ("test", "router", "calibration", "gate", "train")
    kinds = {split: Counter(case.kind for case in shipped[split]) for split in columns}
    assert table["native"] == [str(kinds[split]["native"]) for split in columns]
    assert table["near / far"] == [f"{kinds[split]['near']} / {kinds[split]['far']}" for split in columns]
    assert table["mixed"][0] == str(kinds["test"]["mixed"])


def test_a_set_comes_back_as_it_was_written(tmp_path: Path, shipped: Shipped) -> None:
    evaluation_set.write(shipped["gate"], tmp_path)
    assert evaluation_set.read(tmp_path, "gate") == shipped["gate"]
