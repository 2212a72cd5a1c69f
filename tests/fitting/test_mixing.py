"""The temperature of a mix is chosen by the loss of right answers."""

from __future__ import annotations

from pathlib import Path

from tests.fitting.scripted import ROSTER, Scripted
from vortex_tui.evaluation.answers import Answers
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.store import Store
from vortex_tui.fitting import mixing
from vortex_tui.fitting.mixing import TEMPERATURES, Shares


def case(prompt: str) -> Case:
    return Case(split="calibration", kind="own", domains=("d",), prompt=prompt, answer="yes")


async def chosen(
    folder: Path, unsure: list[tuple[Case, Shares]], top_k: int = 2
) -> tuple[float, dict[str, float], Scripted]:
    engine = Scripted()
    answers = Answers(engine, Store(folder / "kept.jsonl"), {"d": 8})  # type: ignore[arg-type]
    found, losses = await mixing.temperature(answers, ROSTER, unsure, top_k, lambda _stage, _share: None)
    return found, losses, engine


async def test_where_the_likeliest_is_right_it_stands_nearly_alone(tmp_path: Path) -> None:
    asked = [(case(f"p{n}+e1"), {"e1/1": 0.6, "e2/1": 0.3}) for n in range(4)]
    found, losses, _ = await chosen(tmp_path, asked)
    assert found == min(TEMPERATURES)
    assert list(losses) == [str(each) for each in TEMPERATURES]
    assert losses["0.1"] < losses["1.0"]


async def test_where_the_second_is_right_it_gets_its_share(tmp_path: Path) -> None:
    found, _, _ = await chosen(tmp_path, [(case("p+e2"), {"e1/1": 0.5, "e2/1": 0.4})])
    assert found == max(TEMPERATURES)


async def test_nobody_unsure_costs_nothing(tmp_path: Path) -> None:
    found, losses, engine = await chosen(tmp_path, [])
    assert (found, losses, engine.asked) == (min(TEMPERATURES), {}, 0)


async def test_no_more_prompts_are_asked_than_are_needed(tmp_path: Path) -> None:
    asked = [(case(f"p{n}+e1"), {"e1/1": 0.6, "e2/1": 0.3}) for n in range(3 * mixing._CASES)]
    _, _, engine = await chosen(tmp_path, asked)
    assert engine.asked <= mixing._CASES * len(TEMPERATURES)


async def test_with_one_expert_a_mix_all_temperatures_are_alike(tmp_path: Path) -> None:
    asked = [(case("p+e1"), {"e1/1": 0.6, "e2/1": 0.5})]
    found, losses, engine = await chosen(tmp_path, asked, top_k=1)
    assert found == min(TEMPERATURES)
    assert set(losses.values()) == {1.0}
    assert engine.asked == 1
