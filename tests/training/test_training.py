"""Real trainings on nano, short ones: what is left behind, and what is not lost when a job is killed."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from tests.training.conftest import MakePlan
from vortex_tui.experts import bank, manifest
from vortex_tui.training import runs, service
from vortex_tui.training.events import AnyEvent, Begun, Evaluated, Failed, Finished, Retried, Step
from vortex_tui.training.plan import Plan

pytestmark = pytest.mark.slow


async def follow(plan: Plan, watch: Callable[[AnyEvent], bool] = lambda _: False) -> list[AnyEvent]:
    """Every event, up to the first that ``watch`` is True for."""
    found: list[AnyEvent] = []
    async with aclosing(service.train(plan)) as events:
        async for event in events:
            found.append(event)
            if watch(event):
                break
    return found


def only(events: list[AnyEvent], kind: type) -> list[AnyEvent]:
    return [event for event in events if isinstance(event, kind)]


def jobs() -> list[psutil.Process]:
    """The job processes that this test has started."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "vortex_tui.training.job" in " ".join(child.cmdline())]


def run_of(plan: Plan, domain: str) -> Path:
    """The one folder in a domain's quarantine."""
    (folder,) = (runs.quarantine_of(plan.data_dir) / domain).iterdir()
    return folder


async def test_an_expert_is_left_in_quarantine_and_nothing_else(short: MakePlan) -> None:
    plan = short("reversal", "acronyms", at_once=2)
    events = await follow(plan)
    assert {event.domain for event in only(events, Finished)} == {"reversal", "acronyms"}
    for domain in ("reversal", "acronyms"):
        own = [event for event in events if event.domain == domain]
        assert [event.step for event in only(own, Step)] == [1, 2, 3, 4, 5, 6]
        assert [event.step for event in only(own, Evaluated)] == [0, 2, 4, 6]
        folder = run_of(plan, domain)
        files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
        assert [Path(file).name for file in files] == [
            "adapter_config.json", "adapter_model.safetensors", "manifest.json",
        ]  # fmt: skip
        found = manifest.load(folder / "manifest.json")
        assert (found.domain, found.run_id) == (domain, folder.name)
        entries = bank.scan(found.base_fingerprint, [folder.parents[1]])
        assert [bank.verify(entry) for entry in entries] == ["", ""]
        told = found.training
        assert told["data"]["train"] == 60
        assert set(told["data"]["sha256"]) == {"train.jsonl", "calibration.jsonl"}
        assert len(told["curve"]) == 6
        assert {"torch", "peft", "transformers", "vortex-tui"} <= set(told["versions"])
        assert found.evaluation["calibration_loss"] < found.evaluation["base_calibration_loss"]
        assert str(plan.data_dir) not in (folder / "adapter" / "adapter_config.json").read_text("utf-8")
    assert not jobs()


async def test_a_killed_job_goes_on_and_ends_with_the_same_expert(short: MakePlan) -> None:
    plan, calm = short("reversal"), short("reversal", name="calm")

    def kill(event: AnyEvent) -> bool:
        if isinstance(event, Step) and event.step == 5 and not killed:
            killed.extend(jobs())
            for job in killed:
                job.kill()
        return False

    killed: list[psutil.Process] = []
    events = await follow(plan, kill)
    assert len(killed) == 1
    assert len(only(events, Retried)) == 1
    assert [event.step for event in only(events, Begun)] == [0, 4]
    (finished,) = only(events, Finished)
    assert finished.resumed_from == 4
    (undisturbed,) = only(await follow(calm), Finished)
    assert finished.content_hash == undisturbed.content_hash
    told = manifest.load(run_of(plan, "reversal") / "manifest.json").training
    assert [each["step"] for each in told["curve"]] == [1, 2, 3, 4, 5, 6]


async def test_what_is_stopped_is_gone_on_with_by_the_same_plan_and_by_no_other(short: MakePlan) -> None:
    plan = short("reversal")
    await follow(plan, lambda event: isinstance(event, Step) and event.step == 3)
    assert not jobs()
    (work,) = (runs.quarantine_of(plan.data_dir) / "reversal").iterdir()
    assert work.name.startswith(".")
    other = short("reversal", change=plan.jobs[0].change.model_copy(update={"seed": 2}))
    (begun,) = only(await follow(other, lambda event: isinstance(event, Begun)), Begun)
    assert begun.step == 0
    (again,) = only(await follow(plan, lambda event: isinstance(event, Begun)), Begun)
    assert again.step == 2
    optimizer = work / "checkpoints" / "checkpoint-2" / "optimizer.pt"
    optimizer.write_bytes(optimizer.read_bytes()[:-1] + b"?")
    (failed,) = only(await follow(plan), Failed)
    assert failed.code == "storage"
    assert "--fresh" in failed.mend
    fresh = [job.model_copy(update={"fresh": True}) for job in plan.jobs]
    (finished,) = only(await follow(Plan(plan.data_dir, tuple(fresh))), Finished)
    assert finished.resumed_from == 0
    assert not work.exists()


async def test_a_domain_that_fails_takes_no_other_with_it(short: MakePlan) -> None:
    plan = short("reversal", "acronyms")
    bad = plan.data_dir / "corpora" / "acronyms" / "train.jsonl"
    bad.write_text(bad.read_text("utf-8") + json.dumps({"prompt": "x"}) + "\n", encoding="utf-8")
    events = await follow(plan)
    assert [event.domain for event in only(events, Finished)] == ["reversal"]
    assert [(event.domain, event.code) for event in only(events, Failed)] == [("acronyms", "corpus")]
    assert not only(events, Retried)


async def test_a_training_that_makes_nothing_better_is_no_expert(short: MakePlan) -> None:
    plan = short("reversal")
    wild = plan.jobs[0].change.model_copy(update={"rate": 1.0})
    plan = Plan(plan.data_dir, (plan.jobs[0].model_copy(update={"change": wild}),))
    (failed,) = only(await follow(plan), Failed)
    assert failed.code == "training"
    assert not [folder for folder in (runs.quarantine_of(plan.data_dir) / "reversal").iterdir()
                if not folder.name.startswith(".")]  # fmt: skip
