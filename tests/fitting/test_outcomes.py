"""Which experts are tried on which prompts: the likeliest on all, more on few, never beyond the budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fitting.scripted import EXPERTS, ROSTER, Scripted
from vortex_tui.evaluation.answers import Answers
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.store import Store
from vortex_tui.fitting.outcomes import Outcome, Trials

PLENTY = 10_000


def case(prompt: str, domain: str = "d", answer: str = "yes") -> Case:
    return Case(split="router", kind="own", domains=(domain,) if domain else (), prompt=prompt, answer=answer)


async def outcomes(
    folder: Path, cases: list[Case], budget: int = PLENTY, by_loss: tuple[str, ...] = ()
) -> tuple[dict[str, Outcome], int, int]:
    """Outcomes by prompt, what was spent, and what the engine was asked."""
    engine = Scripted()
    answers = Answers(engine, Store(folder / "kept.jsonl"), {one.group: 8 for one in cases})  # type: ignore[arg-type]
    trials = Trials(answers, ROSTER, frozenset(by_loss), lambda _stage, _share: None)
    found = await trials.outcomes(cases, {one.id: EXPERTS for one in cases}, budget)
    assert [one.case for one in found] == cases
    return {one.case.prompt: one for one in found}, trials.spent, engine.asked


async def test_where_the_base_is_right_no_expert_is_tried(tmp_path: Path) -> None:
    found, spent, asked = await outcomes(tmp_path, [case("a+base+e1"), case("b+e1")])
    assert found["a+base+e1"] == Outcome(case("a+base+e1"), base_right=True)
    assert found["b+e1"].winners == ["e1/1"]
    assert spent == asked == 2 + 1
    assert all(one.is_known for one in found.values())


async def test_a_prompt_that_nobody_is_meant_to_answer_costs_nothing(tmp_path: Path) -> None:
    found, spent, _ = await outcomes(tmp_path, [case("far away", domain="", answer="")])
    assert spent == 0
    assert found["far away"].is_known


async def test_each_round_tries_twice_as_many_experts_on_half_as_many_prompts(tmp_path: Path) -> None:
    cases = [case(f"p{number}") for number in range(16)]
    found, spent, _ = await outcomes(tmp_path, cases)
    # 16 of the base; then 1, 2, 4 and the last 1 of eight experts on 16, 8, 4 and 2 prompts.
    assert spent == 16 + 16 * 1 + 8 * 2 + 4 * 4 + 2 * 1
    assert not any(one.is_known for one in found.values())


async def test_whoever_is_right_in_a_round_is_a_winner(tmp_path: Path) -> None:
    # The second and the third are tried in one round: whoever is right there wins with the others.
    for prompt, winners in (("a+e2+e3+e4", ["e2/1", "e3/1"]), ("b+e7", ["e7/1"]), ("c+e8", ["e8/1"])):
        found, _, _ = await outcomes(tmp_path, [case(prompt)])
        assert found[prompt].winners == winners


@pytest.mark.parametrize("budget", [1, 5, 17, 40])
async def test_experts_cost_no_more_than_the_budget_and_the_base_is_not_counted(
    tmp_path: Path, budget: int
) -> None:
    cases = [case(f"p{number}") for number in range(16)]
    _, spent, asked = await outcomes(tmp_path, cases, budget)
    assert spent == asked == 16 + min(budget, 50)


async def test_what_is_known_costs_nothing(tmp_path: Path) -> None:
    cases = [case(f"p{number}+e{1 + number % 8}") for number in range(16)]
    first, spent, _ = await outcomes(tmp_path, cases)
    again, nothing, asked = await outcomes(tmp_path, cases)
    assert spent > 16
    assert (nothing, asked) == (0, 0)
    assert again == first


async def test_where_answers_are_not_right_or_wrong_a_winner_saves_enough_loss(tmp_path: Path) -> None:
    found, _, _ = await outcomes(tmp_path, [case("a+e1", domain="prose")], by_loss=("prose",))
    assert found["a+e1"].winners == ["e1/1"]
    assert not found["a+e1"].base_right
