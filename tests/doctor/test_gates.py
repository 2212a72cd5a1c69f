"""Planted candidates on a real engine: each refused for its own reason, and a good one is no bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from vortex_tui import profile
from vortex_tui.doctor import planted
from vortex_tui.doctor.bank import entries
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.gates import gates
from vortex_tui.doctor.judged import promotion
from vortex_tui.doctor.patient import Patient, admitted
from vortex_tui.doctor.planted import PLANTS, Plant
from vortex_tui.experts import bank


def context(tmp_path: Path, name: str = "nano") -> Context:
    return Context(profile.load(name), tmp_path / "data")


async def judged(tmp_path: Path, *plants: Plant, name: str = "nano") -> tuple[Finding, Patient]:
    async with admitted(context(tmp_path, name)) as patient:
        await patient.load()
        await patient.engine.attach(patient.expert)  # resident already: must not make a plant pass
        found = await gates(patient, plants)
        assert (await patient.ask("What is 37 + 58?")).text  # the engine is as it was
        return found, patient


@pytest.mark.parametrize("name", ["nano", "nano_gguf"])
async def test_bad_candidates_are_refused_and_the_untouched_one_is_not(tmp_path: Path, name: str) -> None:
    found, _ = await judged(tmp_path, *PLANTS, name=name)
    assert found.status == "pass", found
    for what in ("a changed byte", "no number", "another base", "untouched expert accepted"):
        assert what in found.found


async def test_a_plant_that_is_let_in_fails_the_trial(tmp_path: Path) -> None:
    harmless = Plant("harmless", "nothing wrong", planted.whole, "its files changed")
    at_load = Plant("harmless-too", "nothing wrong at loading", planted.whole, "base", by_manifest=True)
    found, _ = await judged(tmp_path, harmless, at_load)
    assert found.status == "fail"
    assert "nothing wrong was accepted" in found.found
    assert "nothing wrong at loading was accepted" in found.found


async def test_a_plant_that_is_refused_for_something_else_proves_nothing(tmp_path: Path) -> None:
    found, _ = await judged(tmp_path, Plant("byte", "a byte", planted.changed_byte, "no numbers"))
    assert found.status == "fail"
    assert "a byte was refused for something else" in found.found
    assert "its files changed" in found.found


async def test_without_an_expert_nothing_can_be_planted(tmp_path: Path) -> None:
    nano = profile.load("nano")
    off = nano.model_copy(update={"experts": nano.experts.model_copy(update={"enabled": False})})
    async with admitted(Context(off, tmp_path)) as patient:
        found = await gates(patient)
    assert (found.status, found.found) == ("skip", "there is no usable expert")


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_every_plant_is_bad_by_its_files_alone(tmp_path: Path, plant: Plant) -> None:
    entry = bank.champions(entries(profile.load("nano"), tmp_path))["arithmetic"]
    assert entry.manifest is not None
    folder = plant.make(entry, plant.id, tmp_path)
    (made,) = bank.scan(entry.manifest.base_fingerprint, [tmp_path])
    assert made.folder == folder
    assert plant.reason in bank.verify(made)


async def test_promotion_refuses_a_spoilt_candidate_by_its_files(tmp_path: Path) -> None:
    context = Context(profile.load("nano"), tmp_path)
    async with admitted(context) as patient:
        found = await promotion(patient)
    assert found.status == "pass"
    assert "REJECT by integrity" in found.found
