"""``vortex-tui prepare-model`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import tiny
from tests.support.command import run


def record(data: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((data / "models" / f"prepared_{name}.json").read_bytes()))


def write_profile(folder: Path, model: Path, ctx: int = 128) -> str:
    file = folder / "mine.toml"
    text = f"[core]\nhf_model = {json.dumps(str(model))}\n[budget]\nctx_tokens = {ctx}\n"
    file.write_text(text, "utf-8")
    return str(file)


def test_nano_is_safe_and_its_record_is_the_json(tmp_path: Path) -> None:
    done = run("prepare-model", "--json-out", "-", data=tmp_path)
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert said == record(tmp_path, "nano")
    assert (said["schema"], said["profile"], said["safe"]) == (2, "nano", True)
    assert (said["route"]["backend"], said["budget"]["ctx_tokens"]) == ("hf", 4096)
    assert {row["id"] for row in said["checks"]} >= {"route", "weights", "memory", "tokenizer", "hashes"}
    weights = next(row for row in said["files"] if row["name"] == "model.safetensors")
    assert len(weights["sha256"]) == 64
    assert "safe to load" in done.stderr


def test_a_mock_prepares_the_profile_on_nano(tmp_path: Path) -> None:
    done = run("prepare-model", "--profile", "rtx4080_16gb_120b_like", "--mock", data=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "safe to load" in done.stdout
    assert record(tmp_path, "rtx4080_16gb_120b_like")["safe"]


def test_a_model_that_is_not_there_fails_and_is_kept(tmp_path: Path) -> None:
    done = run("prepare-model", "--profile", write_profile(tmp_path, tmp_path / "no"), data=tmp_path)
    assert done.returncode == 1
    assert "no safe route: weights" in done.stdout
    assert not record(tmp_path, "mine")["safe"]


def test_a_context_beyond_memory_names_the_check(tmp_path: Path) -> None:
    model = tiny.base(tmp_path / "tiny").path
    config = json.loads((model / "config.json").read_bytes())
    (model / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 2**31 - 1}), "utf-8")
    done = run("prepare-model", "--profile", write_profile(tmp_path, model, 2**31 - 1), data=tmp_path)
    assert done.returncode == 1
    assert "no safe route: memory" in done.stdout
    assert "budget.ctx_tokens" in done.stdout


def test_hashing_says_nothing_where_nobody_watches(tmp_path: Path) -> None:
    assert run("prepare-model", data=tmp_path).stderr == ""


@pytest.mark.parametrize("target", ["models", "/nowhere/at/all.json"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path, target: str) -> None:
    (tmp_path / "models").mkdir()
    if target.startswith("/"):
        (tmp_path / "file").write_text("")
        target = str(tmp_path / "file" / "below.json")
    done = run("prepare-model", "--json-out", target, data=tmp_path)
    assert done.returncode == 1
    assert "could not write" in done.stderr
    assert not list((tmp_path / "models").iterdir())
