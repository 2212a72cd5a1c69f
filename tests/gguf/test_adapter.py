"""PEFT adapters to GGUF: names, shapes and values against the rules written out by hand."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import safetensors.numpy
import transformers
from hypothesis import given
from hypothesis import strategies as st

from tests.support import peft_expert
from vortex_tui.errors import ExpertError, ModelError
from vortex_tui.experts import adapter as experts_adapter
from vortex_tui.experts import manifest
from vortex_tui.experts.adapter import Adapter
from vortex_tui.gguf import adapter, geometry

HEADS, KV_HEADS, HEAD, HIDDEN, WIDE = 4, 2, 16, 64, 96
SIZES: dict[str, Any] = {
    "vocab_size": 128,
    "hidden_size": HIDDEN,
    "intermediate_size": WIDE,
    "num_hidden_layers": 2,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KV_HEADS,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
CONFIGS: dict[str, Callable[[], transformers.PretrainedConfig]] = {
    "llama": lambda: transformers.LlamaConfig(**SIZES, architectures=["LlamaForCausalLM"]),
    "mistral": lambda: transformers.MistralConfig(**SIZES, architectures=["MistralForCausalLM"]),
    "qwen2": lambda: transformers.Qwen2Config(**SIZES, architectures=["Qwen2ForCausalLM"]),
    "qwen3": lambda: transformers.Qwen3Config(**SIZES, head_dim=32, architectures=["Qwen3ForCausalLM"]),
    "gemma2": lambda: transformers.Gemma2Config(**SIZES, head_dim=32, architectures=["Gemma2ForCausalLM"]),
    "gemma3": lambda: transformers.Gemma3TextConfig(
        **SIZES, head_dim=32, architectures=["Gemma3ForCausalLM"]
    ),
    "phi3": lambda: transformers.Phi3Config(**SIZES, architectures=["Phi3ForCausalLM"]),
}
GGUF_NAME = {name: "llama" if name == "mistral" else name for name in CONFIGS}
SEVEN_NAMES = {
    "self_attn.q_proj": "blk.0.attn_q.weight",
    "self_attn.k_proj": "blk.0.attn_k.weight",
    "self_attn.v_proj": "blk.0.attn_v.weight",
    "self_attn.o_proj": "blk.0.attn_output.weight",
    "mlp.gate_proj": "blk.0.ffn_gate.weight",
    "mlp.up_proj": "blk.0.ffn_up.weight",
    "mlp.down_proj": "blk.0.ffn_down.weight",
}
FUSED_NAMES = {
    "self_attn.qkv_proj": "blk.0.attn_qkv.weight",
    "self_attn.o_proj": "blk.0.attn_output.weight",
    "mlp.gate_up_proj": "blk.0.ffn_up.weight",
    "mlp.down_proj": "blk.0.ffn_down.weight",
}
PERMUTED = {"self_attn.q_proj": HEADS, "self_attn.k_proj": KV_HEADS}


def names_of(architecture: str) -> dict[str, str]:
    return FUSED_NAMES if architecture == "phi3" else SEVEN_NAMES


def interleaved(rows: np.ndarray, heads: int) -> np.ndarray:
    """Row 2i of a head is row i of its first half, row 2i + 1 is row i of its second half."""
    size = len(rows) // heads
    made = np.empty_like(rows)
    for head in range(heads):
        for row in range(size // 2):
            made[head * size + 2 * row] = rows[head * size + row]
            made[head * size + 2 * row + 1] = rows[head * size + size // 2 + row]
    return made


def read(file: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors and metadata as llama.cpp's own package reads them."""
    reader = gguf.GGUFReader(file)
    tensors = {tensor.name: np.array(tensor.data) for tensor in reader.tensors}
    return tensors, {name: field.contents() for name, field in reader.fields.items()}


def converted(
    expert: Adapter, config: transformers.PretrainedConfig, folder: Path
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    file = folder / "made.gguf"
    adapter.convert(expert, geometry.of_config(config.to_dict()), file)
    return read(file)


def weights(expert: Adapter) -> dict[str, np.ndarray]:
    return safetensors.numpy.load(expert.weights)


def pair(expert: Adapter, module: str, block: int = 0) -> tuple[np.ndarray, np.ndarray]:
    stored = weights(expert)
    stem = f"base_model.model.model.layers.{block}.{module}"
    return stored[f"{stem}.lora_A.weight"], stored[f"{stem}.lora_B.weight"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Adapter]:
    """An adapter of a small model of that architecture, all of its usual modules."""
    models = {name: peft_expert.model(make()) for name, make in CONFIGS.items()}

    def make(architecture: str, **lora: Any) -> Adapter:
        targets = [module.rpartition(".")[2] for module in names_of(architecture)]
        folder = tmp_path_factory.mktemp("expert")
        return peft_expert.make(
            models[architecture], folder, **({"r": 4, "lora_alpha": 8, "target_modules": targets} | lora)
        )

    return make


@pytest.mark.parametrize("architecture", CONFIGS)
def test_an_adapter_has_llama_cpps_names_shapes_and_values(
    architecture: str, small: Callable[..., Adapter], tmp_path: Path
) -> None:
    expert = small(architecture)
    tensors, said = converted(expert, CONFIGS[architecture](), tmp_path)
    turned = architecture in ("llama", "mistral")
    wanted: dict[str, np.ndarray] = {}
    for block in (0, 1):
        for module, name in names_of(architecture).items():
            a, b = pair(expert, module, block)
            if turned and module in PERMUTED:
                b = interleaved(b, PERMUTED[module])
            stem = name.replace("blk.0.", f"blk.{block}.")
            wanted |= {f"{stem}.lora_a": a, f"{stem}.lora_b": b}
    assert tensors.keys() == wanted.keys()
    for name, values in wanted.items():
        assert tensors[name].dtype == np.float32
        np.testing.assert_array_equal(tensors[name], values, err_msg=name)
    assert said["general.type"] == "adapter"
    assert said["general.architecture"] == GGUF_NAME[architecture]
    assert said["adapter.type"] == "lora"
    assert said["adapter.lora.alpha"] == 8.0


def test_permuting_is_not_the_identity(small: Callable[..., Adapter], tmp_path: Path) -> None:
    tensors, _ = converted(expert := small("llama"), CONFIGS["llama"](), tmp_path)
    assert not np.array_equal(tensors["blk.0.attn_q.weight.lora_b"], pair(expert, "self_attn.q_proj")[1])


@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_permuting_and_back_is_the_identity(heads: int, half: int, rank: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(heads * 2 * half, rank)).astype(np.float32)
    moved = adapter.permuted(rows, heads)
    np.testing.assert_array_equal(moved, interleaved(rows, heads))
    np.testing.assert_array_equal(adapter.unpermuted(moved, heads), rows)


def update(tensors: dict[str, np.ndarray], said: dict[str, Any], name: str) -> np.ndarray:
    """What llama.cpp adds to a weight: B·A by alpha over the pair's rank."""
    a, b = (tensors[f"{name}.lora_{side}"].astype(np.float64) for side in "ab")
    return b @ a * (said["adapter.lora.alpha"] / b.shape[1])


PATTERNS: dict[str, dict[str, Any]] = {
    "rslora": {"use_rslora": True},
    "ranks": {"rank_pattern": {"q_proj": 2, r"layers.1.mlp.down_proj": 6}},
    "alphas": {"alpha_pattern": {"v_proj": 3, r"^model.layers.0.self_attn.q_proj": 20}},
    "both": {"rank_pattern": {"k_proj": 3}, "alpha_pattern": {"k_proj": 5, "up_proj": 1}},
    "all": {"use_rslora": True, "rank_pattern": {"(q|v)_proj": 3}, "alpha_pattern": {"q_proj": 7}},
}


@pytest.mark.parametrize("kind", PATTERNS)
def test_every_module_is_as_strong_as_in_peft(
    kind: str, small: Callable[..., Adapter], tmp_path: Path
) -> None:
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer

    expert = small("qwen2", **PATTERNS[kind])
    tensors, said = converted(expert, CONFIGS["qwen2"](), tmp_path)
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "adapter_config.json").write_text(json.dumps(expert.config), "utf-8")
    (saved / "adapter_model.safetensors").write_bytes(expert.weights)
    model = PeftModel.from_pretrained(peft_expert.model(CONFIGS["qwen2"]()), saved)
    checked = 0
    for path, layer in model.named_modules():
        if isinstance(layer, LoraLayer):
            block, _, module = path.partition("layers.")[2].partition(".")
            name = SEVEN_NAMES[module].replace("blk.0.", f"blk.{block}.")
            expected = layer.get_delta_weight("default").detach().double().numpy()
            np.testing.assert_allclose(update(tensors, said, name), expected, rtol=1e-5, atol=2e-7)
            checked += 1
    assert checked == 14


def test_rslora_says_an_alpha_by_the_root_of_the_rank(small: Callable[..., Adapter], tmp_path: Path) -> None:
    expert = small("qwen2", use_rslora=True)
    tensors, said = converted(expert, CONFIGS["qwen2"](), tmp_path)
    assert said["adapter.lora.alpha"] == np.float32(8 * math.sqrt(4))
    np.testing.assert_array_equal(tensors["blk.0.attn_q.weight.lora_b"], pair(expert, "self_attn.q_proj")[1])


def test_a_rank_pattern_needs_no_change_of_values(small: Callable[..., Adapter], tmp_path: Path) -> None:
    expert = small("qwen2", rank_pattern={"q_proj": 2})
    tensors, said = converted(expert, CONFIGS["qwen2"](), tmp_path)
    assert said["adapter.lora.alpha"] == 8.0
    assert tensors["blk.0.attn_q.weight.lora_a"].shape == (2, HIDDEN)
    np.testing.assert_array_equal(tensors["blk.0.attn_q.weight.lora_b"], pair(expert, "self_attn.q_proj")[1])


def test_an_alpha_pattern_is_folded_into_b_with_one_rounding(
    small: Callable[..., Adapter], tmp_path: Path
) -> None:
    expert = small("qwen2", alpha_pattern={"v_proj": 3})
    tensors, _ = converted(expert, CONFIGS["qwen2"](), tmp_path)
    b = pair(expert, "self_attn.v_proj")[1]
    wanted = (b.astype(np.float64) * 3 / 8).astype(np.float32)
    np.testing.assert_array_equal(tensors["blk.0.attn_v.weight.lora_b"], wanted)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_become_float32_without_loss(
    dtype: str, small: Callable[..., Adapter], tmp_path: Path
) -> None:
    import safetensors.torch
    import torch

    expert = small("qwen2")
    halves = {
        name: value.to(getattr(torch, dtype))
        for name, value in safetensors.torch.load(expert.weights).items()
    }
    tensors, _ = converted(
        dataclasses.replace(expert, weights=safetensors.torch.save(halves)), CONFIGS["qwen2"](), tmp_path
    )
    stored = halves["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"].float().numpy()
    np.testing.assert_array_equal(tensors["blk.0.attn_q.weight.lora_a"], stored)


def test_the_language_model_of_a_model_with_eyes_is_found(
    small: Callable[..., Adapter], tmp_path: Path
) -> None:
    expert = small("gemma3")
    for prefix in ("model.language_model.", "language_model.model."):
        renamed = moved(expert, "model.", prefix)
        text = CONFIGS["gemma3"]().to_dict()
        config = {"architectures": ["Gemma3ForConditionalGeneration"], "text_config": text}
        file = tmp_path / "eyes.gguf"
        adapter.convert(renamed, geometry.of_config(config), file)
        assert "blk.1.attn_q.weight.lora_a" in read(file)[0]


def test_a_base_is_the_same_from_its_config_and_from_its_gguf(tmp_path: Path) -> None:
    from tests.support import tiny
    from vortex_tui.gguf import base, reader

    folder = tiny.base(tmp_path / "base")
    base.convert(folder, tmp_path / "base.gguf")
    assert geometry.of_gguf(reader.read(tmp_path / "base.gguf")) == geometry.of_config(folder.config)


def test_one_adapter_always_has_the_same_bytes(small: Callable[..., Adapter], tmp_path: Path) -> None:
    expert, base = small("llama"), geometry.of_config(CONFIGS["llama"]().to_dict())
    for name in ("one", "two"):
        adapter.convert(expert, base, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def with_config(**changes: Any) -> Callable[[Adapter], Adapter]:
    return lambda expert: dataclasses.replace(expert, config={**expert.config, **changes})


def moved(expert: Adapter, old: str, new: str) -> Adapter:
    """The adapter with its modules renamed, in weights and table alike."""
    prefix = "base_model.model."
    named = {name.replace(prefix + old, prefix + new, 1): values for name, values in weights(expert).items()}
    modules = {name.replace(old, new, 1): factors for name, factors in expert.modules.items()}
    return dataclasses.replace(expert, weights=safetensors.numpy.save(named), modules=modules)


def poisoned(expert: Adapter) -> Adapter:
    stored = weights(expert)
    next(iter(stored.values()))[0, 0] = np.nan
    return dataclasses.replace(expert, weights=safetensors.numpy.save(stored))


REFUSED: dict[str, Callable[[Adapter], Adapter]] = {
    "use_dora": with_config(use_dora=True),
    "lora_bias": with_config(lora_bias=True),
    "modules_to_save": with_config(modules_to_save=["lm_head"]),
    "it has no tensors": lambda expert: dataclasses.replace(expert, modules={}),
    "a layer whose name in GGUF is not known": lambda expert: moved(
        expert, "model.layers.0.mlp.", "lm_head."
    ),
    "a block that the base does not have": lambda expert: moved(expert, "model.layers.1.", "model.layers.7."),
    "values that are no numbers": poisoned,
    "it changes nothing": with_config(lora_alpha=0),
    "an alpha out of bounds": with_config(lora_alpha=float("inf")),
    "found:    1000000": with_config(alpha_pattern={"q_proj": 10**400}),
    "k_proj has values that are no numbers": with_config(lora_alpha=1e-37, alpha_pattern={"k_proj": 1e9}),
    "a rank that is no number": with_config(r=None),
    "the rank of": with_config(r=5),
    "rank_pattern is no table": with_config(rank_pattern=[1]),
    "alpha_pattern has a pattern beyond": with_config(alpha_pattern={"(a+)+": 1}),
    "a pattern beyond module names": with_config(alpha_pattern={"(": 1}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_gguf_cannot_say_is_refused_with_the_reason(
    reason: str, small: Callable[..., Adapter], tmp_path: Path
) -> None:
    expert = REFUSED[reason](small("llama"))
    with pytest.raises(ExpertError) as refusal:
        converted(expert, CONFIGS["llama"](), tmp_path)
    assert reason in str(refusal.value)
    assert not (tmp_path / "made.gguf").exists()


def test_an_adapter_of_other_sizes_is_refused(small: Callable[..., Adapter], tmp_path: Path) -> None:
    other = transformers.LlamaConfig(**(SIZES | {"intermediate_size": 128}))
    with pytest.raises(ExpertError, match="does not fit the base") as refusal:
        converted(small("llama"), other, tmp_path)
    assert refusal.value.expected in ("64 → 128", "128 → 64")


def test_a_fused_layer_is_refused_where_the_base_has_none(
    small: Callable[..., Adapter], tmp_path: Path
) -> None:
    with pytest.raises(ExpertError, match="is not known"):
        converted(small("phi3"), CONFIGS["llama"](), tmp_path)
    with pytest.raises(ExpertError, match="is not known"):
        converted(small("llama"), CONFIGS["phi3"](), tmp_path)


@pytest.mark.parametrize(
    "config",
    [
        {"architectures": ["GPT2LMHeadModel"]},
        {"architectures": ["LlamaForSequenceClassification"], "model_type": "llama"},
        {"model_type": "mamba"},
        {},
    ],
)
def test_another_architecture_is_refused_by_name(config: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="cannot be converted") as refusal:
        geometry.of_config({**SIZES, **config})
    assert "phi3" in refusal.value.expected


READ_REFUSED = {
    "use_dora": {"use_dora": True},
    "lora_bias": {"lora_bias": True},
    "modules_to_save": {"modules_to_save": ["embed_tokens"]},
    "alora_invocation_tokens": {"alora_invocation_tokens": [1, 2]},
    "its training began by changing the base": {"init_lora_weights": "pissa_niter_4"},
    "it trains biases": {"bias": "lora_only"},
}


@pytest.mark.parametrize("reason", READ_REFUSED)
def test_reading_with_patterns_refuses_everything_else_as_before(
    reason: str, small: Callable[..., Adapter], tmp_path: Path
) -> None:
    expert = small("llama")
    files = tmp_path / manifest.ADAPTER
    files.mkdir()
    (files / manifest.CONFIG_FILE).write_text(json.dumps(expert.config | READ_REFUSED[reason]), "utf-8")
    (files / manifest.WEIGHTS_FILE).write_bytes(expert.weights)
    with pytest.raises(ExpertError) as refusal:
        experts_adapter.read(peft_expert.describe(tmp_path), tmp_path, patterns=True)
    assert reason in str(refusal.value)


def test_a_foreign_tensor_is_refused_when_the_adapter_is_read(
    small: Callable[..., Adapter], tmp_path: Path
) -> None:
    expert = small("llama")
    files = tmp_path / manifest.ADAPTER
    files.mkdir()
    stored = weights(expert) | {"base_model.model.lm_head.weight": np.zeros((2, 2), np.float32)}
    (files / manifest.CONFIG_FILE).write_text(json.dumps(expert.config), "utf-8")
    (files / manifest.WEIGHTS_FILE).write_bytes(safetensors.numpy.save(stored))
    with pytest.raises(ExpertError, match="an unknown tensor"):
        experts_adapter.read(peft_expert.describe(tmp_path), tmp_path, patterns=True)
