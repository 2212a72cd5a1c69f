"""nano's weights as F16 GGUF: what is in the file, read by llama.cpp's own package."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import safetensors.torch
import torch

from tests.support import tiny
from vortex_tui import paths
from vortex_tui.engine import model_folder
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import ModelError
from vortex_tui.gguf import base

LAYERS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


@pytest.fixture(scope="module")
def nano() -> ModelFolder:
    return model_folder.inspect(paths.nano() / "base")


@pytest.fixture(scope="module")
def made(nano: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> gguf.GGUFReader:
    file = tmp_path_factory.mktemp("gguf") / "nano.gguf"
    base.convert(nano, file)
    return gguf.GGUFReader(file)


def contents(reader: gguf.GGUFReader) -> dict[str, Any]:
    return {name: field.contents() for name, field in reader.fields.items()}


def test_nano_has_every_tensor_under_llama_cpps_name(nano: ModelFolder, made: gguf.GGUFReader) -> None:
    blocks = nano.config["num_hidden_layers"]
    stems = [f"blk.{block}.{stem}" for block in range(blocks) for stem in LAYERS.values()]
    wanted = {f"{stem}.weight" for stem in (*stems, "token_embd", "output_norm")}
    assert {tensor.name for tensor in made.tensors} == wanted
    kinds = {tensor.name: tensor.tensor_type.name for tensor in made.tensors}
    assert {kind for name, kind in kinds.items() if "norm" in name} == {"F32"}
    assert {kind for name, kind in kinds.items() if "norm" not in name} == {"F16"}


def test_nanos_values_are_those_that_are_shipped(nano: ModelFolder, made: gguf.GGUFReader) -> None:
    (file,) = nano.headers
    shipped = {name: value.float().numpy() for name, value in safetensors.torch.load_file(file).items()}
    stored = {tensor.name: np.array(tensor.data, np.float32) for tensor in made.tensors}
    for layer, stem in LAYERS.items():
        values = shipped[f"model.layers.0.{layer}.weight"]
        heads = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}.get(stem)
        if heads:
            values = turned(values, nano.config[heads])
        np.testing.assert_array_equal(stored[f"blk.0.{stem}.weight"], values, err_msg=stem)
    np.testing.assert_array_equal(stored["token_embd.weight"], shipped["model.embed_tokens.weight"])
    np.testing.assert_array_equal(stored["output_norm.weight"], shipped["model.norm.weight"])


def turned(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows of each head in the order first half, second half, first half, …"""
    half = len(rows) // heads // 2
    order = [
        head * 2 * half + part * half + row for head in range(heads) for row in range(half) for part in (0, 1)
    ]
    return rows[order]


def test_nanos_metadata_is_all_that_llama_cpp_needs(nano: ModelFolder, made: gguf.GGUFReader) -> None:
    said, config = contents(made), nano.config
    head = config["head_dim"]
    expected = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.file_type": 1,
        "general.quantization_version": 2,
        "llama.block_count": config["num_hidden_layers"],
        "llama.context_length": config["max_position_embeddings"],
        "llama.embedding_length": config["hidden_size"],
        "llama.feed_forward_length": config["intermediate_size"],
        "llama.attention.head_count": config["num_attention_heads"],
        "llama.attention.head_count_kv": config["num_key_value_heads"],
        "llama.attention.key_length": head,
        "llama.attention.value_length": head,
        "llama.rope.dimension_count": head,
        "llama.rope.freq_base": config["rope_parameters"]["rope_theta"],
        "llama.attention.layer_norm_rms_epsilon": float(np.float32(config["rms_norm_eps"])),
        "llama.vocab_size": config["vocab_size"],
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.bos_token_id": config["bos_token_id"],
        "tokenizer.ggml.eos_token_id": config["eos_token_id"],
        "tokenizer.ggml.padding_token_id": config["pad_token_id"],
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": (nano.path / "chat_template.jinja").read_text("utf-8"),
    }
    assert {key: said[key] for key in expected} == expected


def test_nanos_tokens_are_in_order_and_specials_are_control_tokens(
    nano: ModelFolder, made: gguf.GGUFReader
) -> None:
    said = contents(made)
    words = json.loads((nano.path / "tokenizer.json").read_bytes())
    tokens = said["tokenizer.ggml.tokens"]
    assert {token: id for id, token in enumerate(tokens)} == words["model"]["vocab"] | {
        added["content"]: added["id"] for added in words["added_tokens"]
    }
    special = {added["id"] for added in words["added_tokens"]}
    assert [kind == 3 for kind in said["tokenizer.ggml.token_type"]] == [
        id in special for id in range(len(tokens))
    ]
    assert said["tokenizer.ggml.merges"] == [" ".join(pair) for pair in words["model"]["merges"]]


def test_a_head_of_its_own_is_kept(tmp_path: Path) -> None:
    folder = tiny.base(tmp_path / "untied")
    (file,) = folder.headers
    tensors = safetensors.torch.load_file(file)
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] * 2
    safetensors.torch.save_file(tensors, file)
    change(folder.path / "config.json", tie_word_embeddings=False)
    base.convert(model_folder.inspect(folder.path), tmp_path / "made.gguf")
    stored = {tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / "made.gguf").tensors}
    np.testing.assert_array_equal(stored["output.weight"], tensors["lm_head.weight"].numpy())


def test_embeddings_beyond_the_vocabulary_are_unused_tokens(tmp_path: Path) -> None:
    folder = tiny.base(tmp_path / "wide")
    (file,) = folder.headers
    tensors = safetensors.torch.load_file(file)
    tensors["model.embed_tokens.weight"] = torch.nn.functional.pad(
        tensors["model.embed_tokens.weight"], (0, 0, 0, 32)
    )
    safetensors.torch.save_file(tensors, file)
    base.convert(model_folder.inspect(folder.path), tmp_path / "made.gguf")
    said = contents(gguf.GGUFReader(tmp_path / "made.gguf"))
    assert said["tokenizer.ggml.tokens"][-1] == "[PAD2079]"
    assert said["tokenizer.ggml.token_type"][-32:] == [5] * 32


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_bytes()), **values}), "utf-8")


def shard(folder: Path) -> None:
    shutil.copy(folder / "model.safetensors", folder / "more.safetensors")


def retype(folder: Path, change_tensors: Callable[[dict[str, torch.Tensor]], None]) -> None:
    tensors = safetensors.torch.load_file(folder / "model.safetensors")
    change_tensors(tensors)
    safetensors.torch.save_file(tensors, folder / "model.safetensors")


def add_bias(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.layers.0.self_attn.q_proj.bias"] = torch.zeros(64)


def overflow(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.layers.0.mlp.up_proj.weight"] = tensors["model.layers.0.mlp.up_proj.weight"].float() * 1e9


def retokenize(**values: Any) -> Callable[[Path], None]:
    return lambda folder: change(folder / "tokenizer.json", **values)


def fewer_digits(folder: Path) -> None:
    file = folder / "tokenizer.json"
    words = json.loads(file.read_bytes())
    words["pre_tokenizer"]["pretokenizers"][0]["individual_digits"] = False
    file.write_text(json.dumps(words), "utf-8")


REFUSED: dict[str, Callable[[Path], None]] = {
    "its size": shard,
    "cannot be converted": lambda folder: change(folder / "config.json", architectures=["GPT2LMHeadModel"]),
    "its architecture": lambda folder: change(
        folder / "config.json", architectures=["Qwen2ForCausalLM"], model_type="qwen2"
    ),
    "its activation": lambda folder: change(folder / "config.json", hidden_act="gelu"),
    "its rotary positions": lambda folder: change(
        folder / "config.json", rope_parameters={"rope_type": "llama3", "factor": 8.0, "rope_theta": 1e4}
    ),
    "a tensor that llama.cpp has no name for": lambda folder: retype(folder, add_bias),
    "is beyond float16": lambda folder: retype(folder, overflow),
    "a normalizer": retokenize(normalizer={"type": "NFC"}),
    "does not split digits first": fewer_digits,
    "a pre-tokenizer that does not": retokenize(pre_tokenizer={"type": "ByteLevel"}),
    "a model of type Unigram": retokenize(model={"type": "Unigram"}),
    "special tokens around": retokenize(post_processor={"special_tokens": {"<s>": {}}}),
    "tokenizer is not of nano's kind": lambda folder: (folder / "tokenizer.json").write_text("[", "utf-8"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_of_nanos_kind_is_refused_and_a_ready_made_gguf_is_named(
    reason: str, tmp_path: Path
) -> None:
    folder = tiny.base(tmp_path / "base").path
    REFUSED[reason](folder)
    with pytest.raises(ModelError) as refusal:
        base.convert(model_folder.inspect(folder), tmp_path / "made.gguf")
    assert reason in str(refusal.value)
    if reason != "cannot be converted":
        assert "ready-made GGUF" in refusal.value.mend
    assert not (tmp_path / "made.gguf").exists()
