"""``vortex-tui experts convert``: what it prints, what it leaves, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support import peft_expert, tiny
from vortex_tui.cli import cli
from vortex_tui.engine import fingerprint
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import ExpertError
from vortex_tui.gguf import base, reader

REGISTRY = Path("experts_hf") / "registry" / "experts"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    return tiny.base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture
def data(tmp_path: Path, model: ModelFolder) -> Path:
    for seed, domain in enumerate(("sums", "units"), start=1):
        tiny.expert(tmp_path / REGISTRY, model, domain, seed=seed)
    return tmp_path


def profile(data: Path, model: ModelFolder, **core: str) -> Path:
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"hf_model": str(model.path), **core}.items()]
    file = data / "tiny.toml"
    file.write_text("[core]\n" + "\n".join(lines) + "\n", "utf-8")
    return file


def convert(data: Path, model: ModelFolder, *arguments: str, **core: str) -> Result:
    chosen = ["--profile", str(profile(data, model, **core)), "--data-dir", str(data)]
    return CliRunner().invoke(cli, ["experts", "convert", *chosen, *arguments])


def document(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


def test_all_experts_are_converted_once(data: Path, model: ModelFolder) -> None:
    first, again = (convert(data, model, "--all", "--json") for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0)
    said = document(first)
    assert (said["schema"], said["ok"]) == (1, True)
    assert [row["id"] for row in said["experts"]] == ["sums/run-1", "units/run-2"]
    for row in said["experts"]:
        header = reader.read(Path(row["file"]))
        assert (header.kind, header.architecture) == ("adapter", "llama")
        assert Path(row["file"]).stat().st_size == row["bytes"]
    assert [row["was_there"] for row in said["experts"]] == [False, False]
    assert [row["was_there"] for row in document(again)["experts"]] == [True, True]


def test_one_expert_is_converted_by_name_and_shown_in_a_table(data: Path, model: ModelFolder) -> None:
    done = convert(data, model, "sums")
    assert done.exit_code == 0
    assert "converted" in done.stdout
    assert "units" not in done.stdout


def test_a_gguf_base_gives_the_same_files(data: Path, model: ModelFolder, tmp_path: Path) -> None:
    base.convert(model, tmp_path / "tiny.gguf")
    folder = document(convert(data, model, "--all", "--json"))
    file = document(convert(data, model, "--all", "--json", llama_cpp_model_path=str(tmp_path / "tiny.gguf")))
    assert [row["file"] for row in file["experts"]] == [row["file"] for row in folder["experts"]]
    assert all(row["was_there"] for row in file["experts"])


def test_an_expert_that_is_refused_does_not_stop_the_others(data: Path, model: ModelFolder) -> None:
    weights = data / REGISTRY / "sums" / "run-1" / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    done = convert(data, model, "--all", "--json")
    assert done.exit_code == 1
    said = document(done)
    assert not said["ok"]
    assert "its files changed" in said["experts"][0]["problem"]
    assert said["experts"][1]["ok"]


def test_patterns_that_the_hf_backend_refuses_are_converted(data: Path, model: ModelFolder) -> None:
    from transformers import AutoModelForCausalLM

    folder = data / REGISTRY / "words" / "run-1"
    loaded = AutoModelForCausalLM.from_pretrained(model.path)
    peft_expert.save(
        loaded, folder, r=4, lora_alpha=8, target_modules=list(peft_expert.SEVEN), rank_pattern={"q_proj": 2}
    )
    peft_expert.describe(folder, domain="words", base_fingerprint=fingerprint.of_folder(model))
    assert convert(data, model, "words").exit_code == 0


@pytest.mark.parametrize("arguments", [[], ["sums", "--all"]])
def test_names_or_all_but_not_both_and_not_neither(
    arguments: list[str], data: Path, model: ModelFolder
) -> None:
    assert convert(data, model, *arguments).exit_code == 2


def test_an_unknown_name_is_refused_with_the_known_ones(data: Path, model: ModelFolder) -> None:
    done = convert(data, model, "nobody")
    assert isinstance(done.exception, ExpertError)
    assert "sums" in done.exception.expected


def test_an_expert_of_another_base_is_not_converted(data: Path, model: ModelFolder, tmp_path: Path) -> None:
    other = tiny.base(tmp_path / "other", layers=3)
    tiny.expert(data / REGISTRY, other, "foreign", seed=9)
    done = convert(data, model, "foreign", "--json")
    assert done.exit_code == 1
    assert "cannot be used" in document(done)["experts"][0]["problem"]
    assert len(document(convert(data, model, "--all", "--json"))["experts"]) == 2
