"""The commands that ask the engine, each in its own process."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.command import run
from vortex_tui import paths
from vortex_tui.experts import bank, bank_index, manifest

SUM = "What is 37 + 58?"


def test_chat_prints_the_answer_and_nothing_else(tmp_path: Path) -> None:
    done = run("chat", "-m", SUM, data=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("95\n", "", 0)


@pytest.mark.slow
def test_the_base_alone_does_not_know_it(tmp_path: Path) -> None:
    done = run("chat", "-m", SUM, "--no-experts", "--max-new-tokens", "24", data=tmp_path)
    assert done.returncode == 0
    assert done.stdout.strip() != "95"


@pytest.mark.slow
def test_chat_json_holds_the_answer_its_mix_and_its_timings(tmp_path: Path) -> None:
    done = run("chat", "--json", "-m", "-", "--experts", "arithmetic=1", data=tmp_path, stdin=SUM)
    said = json.loads(done.stdout)
    assert said["schema"] == 1
    assert said["text"].strip() == "95"
    assert [share["weight"] for share in said["mix"]] == [1.0]
    assert said["mix"][0]["expert"].startswith("arithmetic/")
    assert said["ttft_ms"] > 0
    assert said["prompt_tokens"] > 0
    assert said["finish_reason"] == "stop"


@pytest.mark.slow
def test_an_unknown_expert_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    done = run("chat", "-m", SUM, "--experts", "nobody=1", data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "'nobody'" in done.stderr
    assert "arithmetic" in done.stderr


@pytest.mark.slow
def test_a_prompt_beyond_the_context_says_by_how_much(tmp_path: Path) -> None:
    done = run("chat", "-m", "-", data=tmp_path, stdin="one two three " * 5_000)
    assert (done.returncode, done.stdout) == (1, "")
    assert "tokens too long" in done.stderr
    assert "ctx_overflow_policy" in done.stderr


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer(tmp_path: Path) -> None:
    hot = tmp_path / "hot.toml"
    hot.write_text('[core]\nhf_model = "nano"\n[decode]\ntemperature = 1.5\n[budget]\nctx_tokens = 256\n')
    ask = ["chat", "-p", str(hot), "-m", "Tell me.", "--no-experts", "--max-new-tokens", "12", "--seed"]
    first, again, other = (run(*ask, seed, data=tmp_path).stdout for seed in ("1", "1", "2"))
    assert first == again
    assert first != other


def test_an_expert_without_exemplars_is_listed_as_one_to_be_named(tmp_path: Path) -> None:
    base = next((paths.nano() / "experts" / "sql").iterdir())
    folder = tmp_path / "experts_hf/registry/experts/quiet/run-1"
    shutil.copytree(base, folder)
    told = manifest.load(folder / manifest.MANIFEST)
    quiet = told.model_copy(update={"domain": "quiet", "run_id": "run-1", "exemplars": ()})
    manifest.save(quiet, folder)
    cache = bank_index.folder_of(tmp_path)
    for _ in range(2):  # read, and from an index
        listed = json.loads(run("experts", "list", "--json", data=tmp_path).stdout)["experts"]
        assert {row["id"]: row["exemplars"] for row in listed}["quiet/run-1"] == 0
        assert run("experts", "list", data=tmp_path).stdout.count("by name only") == 1
        bank.scan(None, [tmp_path / "experts_hf/registry/experts"], cache)
    assert json.loads(run("experts", "show", "sql", "--json", data=tmp_path).stdout)["expert"]["exemplars"]
    assert run("experts", "verify", "quiet", data=tmp_path).returncode == 0
