"""The deep checks: on a real engine with nano, and with trials that crash or hang."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import ROOT, run
from vortex_tui import profile
from vortex_tui.doctor import deep, trials, twin
from vortex_tui.doctor.bank import entries
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.deep import TRIALS, Trial, attempt
from vortex_tui.doctor.patient import Patient
from vortex_tui.doctor.report import Check
from vortex_tui.engine import process
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import Ready
from vortex_tui.engine.safetensors_file import read_header
from vortex_tui.errors import ModelError
from vortex_tui.experts import bank, manifest

READY = Ready(
    id=1, last=True, backend="hf", device="cpu", quantization="nf4", model="nano", fingerprint="f",
    ctx_tokens=512, experts=1, load_ms=1.0, layers={"Linear4bit": 42, "Linear": 1},
)  # fmt: skip


def patient(tmp_path: Path, ready: Ready = READY, **core: object) -> Patient:
    nano = profile.load("nano")
    given = nano.model_copy(update={"core": nano.core.model_copy(update=core)})
    return Patient(Context(given, tmp_path), Engine(tmp_path), ready=ready)


async def tried(trial: Trial, tmp_path: Path) -> Check:
    return await attempt(trial, patient(tmp_path), 3)


async def test_a_trial_that_hangs_is_given_up(tmp_path: Path) -> None:
    async def hang(_: Patient) -> Finding:
        await asyncio.sleep(60)
        return Finding("pass")

    check = await tried(Trial("x", "X", hang, 0.1), tmp_path)
    assert (check.status, check.place) == ("fail", 3)
    assert "did not finish within 0.1 s" in check.found


async def test_a_trial_that_crashes_or_is_refused_is_a_failure_in_words(tmp_path: Path) -> None:
    async def crash(_: Patient) -> Finding:
        raise RuntimeError("7")

    async def refuse(_: Patient) -> Finding:
        raise ModelError("no model is loaded", mend="load one")

    assert "RuntimeError: 7" in (await tried(Trial("x", "X", crash), tmp_path)).found
    refused = await tried(Trial("x", "X", refuse), tmp_path)
    assert (refused.status, refused.mend) == ("fail", "load one")


@pytest.mark.parametrize(
    ("layers", "wanted", "status"),
    [
        ({"Linear4bit": 42}, "nf4", "pass"),
        ({"Linear": 42}, "nf4", "fail"),
        ({}, "nf4", "fail"),
        ({"Linear4bit": 42}, "int8", "fail"),
        ({"Linear": 42}, "none", "skip"),
    ],
)
async def test_weights_that_are_not_quantised_are_found(
    tmp_path: Path, layers: dict[str, int], wanted: str, status: str
) -> None:
    given = patient(tmp_path, READY.model_copy(update={"layers": layers}), hf_quantization=wanted)
    assert (await trials.quantisation(given)).status == status


@pytest.mark.parametrize(("offload", "status"), [("none", "fail"), ("safe", "pass")])
async def test_plain_weights_of_a_real_model_are_safe_only_with_an_offload(
    tmp_path: Path, offload: str, status: str
) -> None:
    ready = READY.model_copy(update={"layers": {"Linear": 42}})
    core = {"hf_model": "some/7b", "hf_quantization": "none", "hf_offload": offload}
    assert (await trials.quantisation(patient(tmp_path, ready, **core))).status == status


@pytest.mark.parametrize(
    ("tokens", "mock", "status"), [(4096, False, "pass"), (4095, False, "fail"), (512, True, "warn")]
)
async def test_the_loaded_context_is_held_against_the_promised_one(
    tmp_path: Path, tokens: int, mock: bool, status: str
) -> None:
    given = patient(tmp_path, READY.model_copy(update={"ctx_tokens": tokens}))
    given.context = replace(given.context, mock=mock)
    assert (await trials.context(given)).status == status


def test_a_twin_has_another_hash_and_every_sign_turned(tmp_path: Path) -> None:
    nano = profile.load("nano")
    entry = bank.champions(entries(nano, tmp_path))["arithmetic"]
    folder = twin.make(entry, tmp_path)
    assert folder is not None
    (made,) = bank.aside(manifest.load(folder / "manifest.json").base_fingerprint, [folder])
    assert bank.verify(made) == ""
    assert made.manifest is not None
    assert entry.manifest is not None
    assert made.manifest.content_hash != entry.manifest.content_hash
    own, other = (at / "adapter/adapter_model.safetensors" for at in (entry.folder, folder))
    start = read_header(own).data_start
    a, b = (np.frombuffer(file.read_bytes()[start:], np.float16) for file in (own, other))
    assert (a == -b).all()
    assert np.abs(a).max() > 0


async def test_without_an_engine_the_trials_are_skipped_and_the_reason_is_told(tmp_path: Path) -> None:
    wanted = profile.load("rtx4080_16gb_120b_like")
    core = wanted.core.model_copy(update={"hf_model": str(tmp_path / "no-model")})
    context = Context(wanted.model_copy(update={"core": core}), tmp_path / "data")
    told = [check async for check in deep.stream(context)]
    assert [check.id for check in told] == [trial.id for trial in TRIALS]
    # What is asked of a worker of its own needs no model.
    assert [check.status for check in told] == ["fail", *["skip"] * (len(TRIALS) - 2), "pass"]
    assert told[-1].id == "web_refusal"
    assert "no-model" in told[0].found


async def test_an_engine_of_another_face_is_told(tmp_path: Path) -> None:
    async with Engine(tmp_path, face="other"):
        told = [check async for check in deep.stream(Context(profile.load("nano"), tmp_path))]
    assert [check.place for check in told] == list(range(len(deep.SHALLOW), len(deep.SHALLOW) + len(TRIALS)))
    assert [check.status for check in told] == ["fail", *["skip"] * (len(TRIALS) - 1)]
    assert "other" in told[0].found, told[0]


async def test_a_worker_that_never_says_hello_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = 'import sys, time\nif "vortex_tui.engine.worker" in sys.orig_argv: time.sleep(600)'
    (tmp_path / "sitecustomize.py").write_text(silent, "utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    monkeypatch.setattr(deep, "_START_SECONDS", 1.0)
    monkeypatch.setattr(process, "_GRACE_SECONDS", 0.1)
    told = [check async for check in deep.stream(Context(profile.load("nano"), tmp_path / "data"))]
    assert [check.status for check in told] == ["fail", *["skip"] * (len(TRIALS) - 1)]
    assert "said nothing within 1 s" in told[0].found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nano", "nano_gguf"])
def test_nano_is_well_all_the_way(tmp_path: Path, name: str) -> None:
    done = run("doctor", "--deep", "-p", name, "--json-out", "-", data=tmp_path, timeout=400)
    told = {check["id"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stderr
    for id in [trial.id for trial in TRIALS if trial.id != "vram"]:
        assert told[id]["status"] == "pass", told[id]
    assert list(told)[-len(TRIALS) :] == [trial.id for trial in TRIALS]


@pytest.mark.slow
def test_a_real_profile_fails_without_a_baseline_and_mock_says_why_it_does_not(tmp_path: Path) -> None:
    name = "rtx4080_16gb_120b_like"
    done = run("doctor", "--deep", "-p", name, "--json-out", "-", data=tmp_path, timeout=400)
    told = {check["id"]: check["status"] for check in json.loads(done.stdout)["checks"]}
    assert (done.returncode, told["baseline"], told["load"]) == (1, "fail", "fail")
    mocked = run("doctor", "--deep", "--mock", "-p", name, "--json-out", "-", data=tmp_path, timeout=400)
    told = {check["id"]: check for check in json.loads(mocked.stdout)["checks"]}
    assert mocked.returncode == 0, mocked.stderr
    assert told["baseline"]["status"] == "skip"
    assert "--mock" in told["baseline"]["found"]
    assert "nano's weights (--mock)" in mocked.stderr


@pytest.mark.slow
async def test_a_mix_that_is_not_the_sum_would_be_noticed(tmp_path: Path) -> None:
    async def tampered(given: Patient) -> Finding:
        # Planted: another expert in the twin's place, so the halves no longer add up.
        given.twin = next(e.id for e in await given.engine.experts() if e.domain == "sql")
        return await trials.mix(given)

    mixing = next(trial for trial in TRIALS if trial.id == "mix")
    chosen = (TRIALS[0], replace(mixing, function=tampered))
    told = [check async for check in deep.stream(Context(profile.load("nano"), tmp_path), chosen)]
    assert [check.status for check in told] == ["pass", "fail"]
