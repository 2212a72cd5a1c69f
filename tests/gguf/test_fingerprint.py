"""One model has one identity, whatever its file format; another model has another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import safetensors.torch
import torch

from tests.support import tiny
from tests.support.gguf_models import gemma2, gemma3, phi3, qwen2, qwen3, write
from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import ModelError
from vortex_tui.experts import bank
from vortex_tui.gguf import base


def test_nano_has_one_identity_in_both_formats(tmp_path: Path) -> None:
    folder = model_folder.inspect(paths.nano() / "base")
    base.convert(folder, tmp_path / "nano.gguf")
    assert fingerprint.of_gguf(tmp_path / "nano.gguf") == fingerprint.of_folder(folder)
    shipped = bank.scan(fingerprint.of_gguf(tmp_path / "nano.gguf"), [paths.nano() / "experts"])
    assert shipped
    assert not [entry.problem for entry in shipped if entry.problem]


@pytest.mark.parametrize("layers", [1, 2, 12])
def test_a_tiny_llama_has_one_identity(layers: int, tmp_path: Path) -> None:
    folder = tiny.base(tmp_path / "base", seed=3, layers=layers)
    base.convert(folder, tmp_path / "made.gguf")
    assert fingerprint.of_gguf(tmp_path / "made.gguf") == fingerprint.of_folder(folder)


@pytest.mark.parametrize("make", [qwen2, qwen3, phi3, gemma2, gemma3])
def test_models_of_other_makers_have_one_identity(
    make: Callable[[Path], ModelFolder], tmp_path: Path
) -> None:
    folder = make(tmp_path / "base")
    write(folder, tmp_path / "made.gguf")
    assert fingerprint.of_gguf(tmp_path / "made.gguf") == fingerprint.of_folder(folder)


def test_weights_in_bfloat16_have_the_identity_of_their_gguf(tmp_path: Path) -> None:
    folder = retouched(tmp_path / "half", lambda tensors: {k: v.bfloat16() for k, v in tensors.items()})
    base.convert(folder, tmp_path / "made.gguf")
    assert fingerprint.of_gguf(tmp_path / "made.gguf") == fingerprint.of_folder(folder)


def test_a_mistral_is_a_llama_to_both(tmp_path: Path) -> None:
    folder = tiny.base(tmp_path / "base")
    identity = fingerprint.of_folder(folder)
    file = folder.path / "config.json"
    config = json.loads(file.read_bytes()) | {
        "model_type": "mistral",
        "architectures": ["MistralForCausalLM"],
    }
    file.write_text(json.dumps(config), "utf-8")
    assert fingerprint.of_folder(model_folder.inspect(folder.path)) == identity


def retouched(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]
) -> ModelFolder:
    """A tiny Llama with other weights. It has norms that are not all one."""
    made = tiny.base(folder)
    (file,) = made.headers
    tensors = safetensors.torch.load_file(file)
    torch.manual_seed(5)
    for name in tensors:
        if name.endswith("norm.weight"):
            tensors[name] = torch.rand(64) + 0.5
    safetensors.torch.save_file(change(tensors), file)
    return model_folder.inspect(folder)


def nudged(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return tensors | {"model.norm.weight": tensors["model.norm.weight"] + 1e-4}


def swapped(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    one, other = (f"model.layers.{block}.input_layernorm.weight" for block in (0, 1))
    return tensors | {one: tensors[other], other: tensors[one]}


@pytest.mark.parametrize("change", [nudged, swapped])
def test_a_fine_tune_has_another_identity_in_both_formats(
    change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]], tmp_path: Path
) -> None:
    identities = set()
    for name, touch in (("plain", lambda tensors: tensors), ("tuned", change)):
        folder = retouched(tmp_path / name, touch)
        base.convert(folder, tmp_path / f"{name}.gguf")
        identities |= {fingerprint.of_gguf(tmp_path / f"{name}.gguf"), fingerprint.of_folder(folder)}
    assert len(identities) == 2


def simple(file: Path, architecture: str, tensors: dict[str, np.ndarray], **numbers: Any) -> None:
    writer = gguf.GGUFWriter(file, architecture)
    for key, value in numbers.items():
        writer.add_uint16(key.replace("__", "."), value)
    for name, values in tensors.items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_an_unknown_architecture_has_an_identity_and_one_without_norms_has_none(tmp_path: Path) -> None:
    norm = {"blk.0.attn_norm.weight": np.ones(4, np.float32)}
    simple(tmp_path / "new.gguf", "yet-to-come", norm)
    assert len(fingerprint.of_gguf(tmp_path / "new.gguf")) == 64
    simple(tmp_path / "bare.gguf", "yet-to-come", {"x.weight": np.ones(4, np.float32)})
    with pytest.raises(ModelError, match="no identity"):
        fingerprint.of_gguf(tmp_path / "bare.gguf")


def test_one_part_of_a_split_model_is_refused(tmp_path: Path) -> None:
    simple(tmp_path / "part.gguf", "llama", {"x.weight": np.ones(4, np.float32)}, split__count=3)
    with pytest.raises(ModelError, match="one part of a model") as refusal:
        fingerprint.of_gguf(tmp_path / "part.gguf")
    assert "merge" in refusal.value.mend
