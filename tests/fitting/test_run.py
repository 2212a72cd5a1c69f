"""A small fit with the real engine on the real nano: stopped, gone on with, read back and used."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from vortex_tui import profile
from vortex_tui.doctor.bank import entries
from vortex_tui.engine.client import Engine
from vortex_tui.evaluation import splits
from vortex_tui.evaluation.case import Case, Split
from vortex_tui.fitting.run import Fitting, Task
from vortex_tui.routing import fitted, store
from vortex_tui.routing.fitted import Fit

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NANO = profile.load("nano")
DOMAINS = ("arithmetic", "roman", "units", "words")
PROMPTS = 12


@dataclass
class Fitted:
    """The task in its data folder; its fit, and how many measurements the run before it had made."""

    task: Task
    stopped: int
    fit: Fit


def cases(data: Path, split: Split) -> list[Case]:
    """Some prompts of four domains, and some that nobody serves."""
    seen: Counter[str] = Counter()
    kept = []
    for case in splits.read(NANO, data, split):
        seen[case.group] += 1
        if seen[case.group] <= PROMPTS and case.group in (*DOMAINS, "(far)"):
            kept.append(case)
    return kept


async def fit(task: Task, stop_at: str = "") -> Fit:
    """One run, cancelled when its stage begins with ``stop_at``."""

    def say(stage: str, share: float) -> None:
        assert 0.0 <= share <= 1.0
        if stop_at and stage.startswith(stop_at) and share > 0:
            running.cancel()

    async with Engine(task.data_dir, face="test") as engine:
        ready = await engine.load(task.profile)
        running = asyncio.ensure_future(Fitting(engine, ready, task, say).fit())
        return await running


def kept(task: Task) -> int:
    """Answers and losses in the store."""
    return sum(len(file.read_bytes().splitlines()) for file in task.data_dir.rglob("evaluation/*.jsonl"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fitted]:
    data = tmp_path_factory.mktemp("fit")
    task = Task(
        profile=NANO,
        data_dir=data,
        entries=entries(NANO, data),
        router=cases(data, "router"),
        calibration=cases(data, "calibration"),
        train=(),
        budget=10_000,
    )
    with pytest.raises(asyncio.CancelledError):
        await fit(task, stop_at="1 more of the experts")
    stopped = kept(task)
    yield Fitted(task, stopped, await fit(task))


async def test_a_stopped_run_keeps_what_it_measured_and_the_next_goes_on(made: Fitted) -> None:
    base_alone = sum(bool(case.answer) for case in (*made.task.router, *made.task.calibration))
    assert made.stopped > base_alone
    assert 0 < made.fit.measured["measured"] <= kept(made.task) - made.stopped


async def test_outcomes_are_those_of_nano(made: Fitted) -> None:
    told = made.fit.measured
    asked = [case for case in (*made.task.router, *made.task.calibration) if case.answer]
    assert told["prompts"] == len(made.task.router) + len(made.task.calibration)
    assert told["an_expert_better"] > len(asked) / 2 > told["base_right"]
    assert told["base_right"] + told["an_expert_better"] + told["nobody_right"] == len(asked)


async def test_the_fit_is_of_this_bank_and_is_used_at_the_next_start(made: Fitted) -> None:
    file = fitted.file_of(made.task.data_dir, made.fit.encoder)
    async with Engine(made.task.data_dir, face="test") as engine:
        before = await engine.load(NANO)
    fitted.write(made.fit, file)
    assert fitted.read(file) == made.fit
    assert made.fit.bank == store.digest_of(made.task.sources) == fitted.shipped().bank
    async with Engine(made.task.data_dir, face="test") as engine:
        after = await engine.load(NANO)
        assert after.encoder == made.fit.encoder
        assert after.router != before.router
        assert not any("fitted" in note for note in after.notes)
    stale = made.fit.model_copy(update={"bank": "0" * 64})
    fitted.write(stale, file)
    async with Engine(made.task.data_dir, face="test") as engine:
        assert any("other experts" in note for note in (await engine.load(NANO)).notes)
    file.unlink()


async def test_a_second_run_measures_nothing_and_fits_the_same(made: Fitted) -> None:
    before = kept(made.task)
    again = await fit(made.task)
    assert kept(made.task) == before
    assert again.measured["measured"] == 0
    assert again.model_copy(update={"created": "", "measured": {}}) == made.fit.model_copy(
        update={"created": "", "measured": {}}
    )
