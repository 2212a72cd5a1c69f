"""Planted candidates, judged for real: each is refused for its own reason, and the good one for none.

The base, the experts and the prompts are nano's; the bank is a user's.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.promotion import small_bank
from tests.promotion.small_bank import SmallBank
from vortex_tui.engine.client import Engine
from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ADAPTER, WEIGHTS_FILE
from vortex_tui.promotion import report
from vortex_tui.promotion.judge import judge
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.report import GateReport

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROFILE = small_bank.profile()
# As few blocks as may be: what is planted to be slow is many times slower.
POLICY = Policy(most_blocks=10, new_tokens=8)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> SmallBank:
    """Champions of three domains, one of them known by few exemplars; none for roman."""
    made = small_bank.made(tmp_path_factory.mktemp("gates"), ["dates", "shell"], ["roman", "units"])
    exemplars = manifest.load(small_bank.shipped("units") / manifest.MANIFEST).exemplars[:12]
    made.champion("units", exemplars=exemplars)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(bank: SmallBank) -> AsyncIterator[Engine]:
    """One engine for all: each judgement loads it with its own candidate."""
    async with Engine(bank.data, face="test") as started:
        yield started


async def judged(
    bank: SmallBank, folder: Path, engine: Engine | None = None, **changes: object
) -> GateReport:
    found = await judge(PROFILE, bank.data, folder, engine=engine, policy=POLICY, **changes)  # type: ignore[arg-type]
    assert report.read(found.hash, bank.data) == found
    assert found.policy_hash == POLICY.hash
    return found


def failed(found: GateReport) -> set[str]:
    return {gate.id for gate in found.gates if gate.verdict == "fail"}


def reason(found: GateReport, id: str) -> str:
    (gate,) = [gate for gate in found.gates if gate.id == id]
    return gate.reason


@pytest.mark.slow
async def test_a_good_new_expert_passes_every_gate(bank: SmallBank, engine: Engine) -> None:
    found = await judged(bank, bank.candidate("roman", run_id="good"), engine)
    # How quiet the machine is, is no property of the candidate: only that it is never called slow.
    assert {gate.id for gate in found.failed} <= {"speed"}
    assert found.verdict == ("INCONCLUSIVE" if found.failed else "PROMOTE")
    assert found.champion is None
    assert {version.domain for version in found.bank} == {"dates", "shell", "units"}
    assert {"gain", "others/dates", "harm", "theft", "calibration", "memory"} <= {g.id for g in found.gates}
    assert len(found.samples) == 5
    assert all(sample.candidate.strip() == sample.expected for sample in found.samples)
    assert not any(sample.champion == sample.candidate for sample in found.samples)
    mine = [one for one in found.moved if one.domain == "roman"]
    assert len(mine) >= 100
    assert all(list(one.after) == ["roman/good"] for one in mine if one.better)


@pytest.mark.slow
async def test_a_better_version_takes_the_place_of_a_weak_champion(tmp_path: Path) -> None:
    weak = small_bank.made(tmp_path, ["dates", "shell"], ["roman"])
    weak.champion("roman", small_bank.noisy(6.0))
    found = await judged(weak, weak.candidate("roman"))
    assert found.champion is not None
    assert found.champion.id == "roman/run-1"
    assert {gate.id for gate in found.failed} <= {"speed"}
    assert "of roman/run-1" in reason(found, "memory")


@pytest.mark.slow
async def test_an_expert_of_another_domain_under_a_new_label_gains_nothing(
    bank: SmallBank, engine: Engine
) -> None:
    folder = bank.candidate("roman", run_id="relabelled", weights_of="words")
    found = await judged(bank, folder, engine)
    assert found.verdict == "REJECT"
    assert failed(found) == {"gain"}
    assert "gain had failed" in reason(found, "speed")


@pytest.mark.slow
async def test_noise_in_the_weights_loses_the_gain(bank: SmallBank, engine: Engine) -> None:
    found = await judged(bank, bank.candidate("roman", run_id="noisy", change=small_bank.noisy(6.0)), engine)
    assert found.verdict == "REJECT"
    assert failed(found) == {"gain"}


@pytest.mark.slow
async def test_one_that_takes_other_domains_prompts_is_a_thief(bank: SmallBank, engine: Engine) -> None:
    own, other = (
        manifest.load(small_bank.shipped(domain) / manifest.MANIFEST).exemplars
        for domain in ("roman", "units")
    )
    folder = bank.candidate("roman", run_id="thief", exemplars=own[:96] + other[12:])
    found = await judged(bank, folder, engine)
    assert found.verdict == "REJECT"
    assert "theft" in failed(found)
    assert failed(found) <= {"theft", "others/units", "calibration"}
    worse = [one for one in found.moved if one.better is False]
    assert {one.domain for one in worse} == {"units"}
    assert all("roman/thief" in one.after for one in worse[:5])


@pytest.mark.slow
async def test_one_that_slows_decoding_costs_too_much(bank: SmallBank, engine: Engine) -> None:
    found = await judged(bank, bank.candidate("roman", run_id="wide", change=small_bank.padded(2048)), engine)
    assert found.verdict == "REJECT"
    assert failed(found) <= {"memory", "speed"}
    assert "memory" in failed(found)
    # On a machine too unquiet to time anything it is still not called fast enough.
    (speed,) = [gate for gate in found.gates if gate.id == "speed"]
    assert speed.verdict != "pass"


async def test_numbers_that_are_none_are_found_before_anything_is_loaded(bank: SmallBank) -> None:
    found = await judged(bank, bank.candidate("roman", run_id="nan", change=small_bank.with_nan))
    assert found.verdict == "REJECT"
    assert failed(found) == {"integrity"}
    assert "no numbers" in reason(found, "integrity")
    assert "integrity had failed" in reason(found, "gain")


async def test_one_that_was_trained_on_what_it_is_judged_by(bank: SmallBank) -> None:
    lines = small_bank.prompts("train", "roman")
    leaked = small_bank.prompts("gate", "roman")[3]
    lines.append({"prompt": f"  {leaked['prompt'].upper()} ", "response": leaked["response"]})
    file = bank.corpus("roman", "more", lines)
    folder = bank.candidate("roman", run_id="leaky", training=small_bank.trained_on(file))
    found = await judged(bank, folder)
    assert found.verdict == "REJECT"
    assert failed(found) == {"leak"}
    assert leaked["prompt"] in reason(found, "leak")


@pytest.mark.slow
async def test_files_that_change_while_they_are_judged(bank: SmallBank, engine: Engine) -> None:
    folder = bank.candidate("roman", run_id="changing", weights_of="words")
    weights = folder / ADAPTER / WEIGHTS_FILE

    def meddle(stage: str, _share: float) -> None:
        if stage.startswith("figures"):
            weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")

    found = await judged(bank, folder, engine, say=meddle)
    assert found.verdict == "REJECT"
    assert "integrity" in failed(found)
    assert "changed while it was judged" in reason(found, "integrity")


async def test_files_that_changed_since_their_manifest_was_written(bank: SmallBank) -> None:
    folder = bank.candidate("roman", run_id="changed")
    weights = folder / ADAPTER / WEIGHTS_FILE
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    found = await judged(bank, folder)
    assert failed(found) == {"integrity"}
    assert "its files changed" in reason(found, "integrity")


@pytest.mark.slow
async def test_too_few_prompts_prove_nothing(engine: Engine, bank: SmallBank) -> None:
    few = bank.candidate("words", run_id="few")
    bank.corpus("words", "gate", small_bank.prompts("gate", "words")[:12])
    try:
        found = await judged(bank, few, engine)
    finally:
        (bank.data / "corpora" / "words" / "gate.jsonl").unlink()
    assert found.verdict == "INCONCLUSIVE"
    assert "samples" in {gate.id for gate in found.failed}
    assert "12 prompts" in reason(found, "samples")
    assert not failed(found)


@pytest.mark.slow
async def test_a_judgement_that_was_stopped_goes_on_where_it_was(bank: SmallBank, engine: Engine) -> None:
    folder = bank.candidate("roman", run_id="stopped", weights_of="shell")
    reached = asyncio.Event()

    def wait(stage: str, _share: float) -> None:
        if stage.startswith("answering what moves"):
            reached.set()

    task = asyncio.create_task(judged(bank, folder, engine, say=wait))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    said: set[str] = set()
    found = await judged(bank, folder, engine, say=lambda stage, _: said.add(stage.partition(":")[0]))
    assert found.verdict == "REJECT"
    assert not any(stage.startswith("routing") for stage in said)
    assert not report.newest(found.candidate, bank.data / "nowhere")


@pytest.mark.slow
async def test_a_judgement_that_takes_too_long_decides_nothing(bank: SmallBank, engine: Engine) -> None:
    found = await judged(bank, bank.candidate("roman", run_id="late"), engine, limit_s=0.01)
    assert found.verdict == "INCONCLUSIVE"
    assert "not measured within" in reason(found, "gain")
    assert not failed(found)


@pytest.mark.slow
async def test_an_engine_that_dies_decides_nothing(bank: SmallBank, engine: Engine) -> None:
    folder = bank.candidate("roman", run_id="orphan", weights_of="dates")

    def kill(stage: str, _share: float) -> None:
        if stage.startswith("answering what moves") and engine.pid is not None:
            os.kill(engine.pid, signal.SIGTERM)

    found = await judged(bank, folder, engine, say=kill)
    assert found.verdict == "INCONCLUSIVE"
    assert "not measured" in reason(found, "gain")
    assert not failed(found)
