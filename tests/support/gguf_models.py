"""Small random models whose bases the program does not convert, written as llama.cpp's converter does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import safetensors.torch
import torch
import transformers
from transformers import AutoModelForCausalLM

from vortex_tui import paths
from vortex_tui.engine import model_folder
from vortex_tui.engine.model_folder import ModelFolder

_SIZES: dict[str, Any] = {
    "vocab_size": 2080,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "tie_word_embeddings": True,
}
_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "self_attn.qkv_proj": "attn_qkv",
    "mlp.gate_up_proj": "ffn_up",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
}
_PLAIN = {"post_attention_layernorm": "ffn_norm"}
_GEMMA = {
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}
_LATER_NORMS = {"qwen2": _PLAIN, "qwen3": _PLAIN, "phi3": _PLAIN, "gemma2": _GEMMA, "gemma3": _GEMMA}
_SPECIAL: dict[str, Any] = {"bos_token_id": 0, "eos_token_id": 4, "pad_token_id": 0}
_WINDOW: dict[str, Any] = {"head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 256}


def _save(config: transformers.PretrainedConfig, folder: Path) -> ModelFolder:
    torch.manual_seed(7)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("norm.weight"):
                parameter.add_(torch.randn_like(parameter) * 0.1)
            if name.endswith(".bias"):
                parameter.copy_(torch.randn_like(parameter) * 0.1)
    model.to(torch.float16).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(paths.nano() / "base" / name, folder / name)
    return model_folder.inspect(folder)


def qwen2(folder: Path) -> ModelFolder:
    """A random Qwen 2: biases on Q, K and V, and embeddings beyond the vocabulary."""
    return _save(transformers.Qwen2Config(**_SIZES, **_SPECIAL), folder)


def qwen3(folder: Path) -> ModelFolder:
    """A random Qwen 3: norms on the heads of Q and K, heads wider than their share."""
    return _save(transformers.Qwen3Config(**_SIZES, **_SPECIAL, head_dim=32), folder)


def phi3(folder: Path) -> ModelFolder:
    """A random Phi 3: Q, K and V in one layer, gate and up in one, and a head of its own."""
    sizes = _SIZES | {"tie_word_embeddings": False}
    return _save(transformers.Phi3Config(**sizes, **_SPECIAL, sliding_window=None), folder)


def gemma2(folder: Path, window: int = 256) -> ModelFolder:
    """A random Gemma 2: four norms a block, around zero, that count as one more."""
    sizes = _SIZES | _SPECIAL | _WINDOW | {"sliding_window": window}
    return _save(transformers.Gemma2Config(**sizes), folder)


def gemma3(folder: Path, window: int = 256) -> ModelFolder:
    """A random Gemma 3: the same, with norms on the heads of Q and K."""
    sizes = _SIZES | _SPECIAL | _WINDOW | {"sliding_window": window}
    return _save(transformers.Gemma3TextConfig(**sizes), folder)


def write(folder: ModelFolder, target: Path) -> None:
    """The folder's model as F16 GGUF, by llama.cpp's rules and with none of this program's code."""
    name = folder.config["model_type"].removesuffix("_text")
    writer = gguf.GGUFWriter(target, name)
    _add_sizes(writer, folder.config)
    _ADD_OWN[name](writer, folder.config)
    _add_vocabulary(writer, folder)
    (file,) = folder.headers
    for tensor, values in safetensors.torch.load_file(file).items():
        if tensor != "lm_head.weight" or name == "phi3":
            writer.add_tensor(_renamed(tensor, name), _stored(tensor, values.float().numpy(), name))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_sizes(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_file_type(1)


def _add_qwen2(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])


def _add_qwen3(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    _add_qwen2(writer, config)
    _add_heads(writer, config)


def _add_heads(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])


def _add_phi3(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    _add_qwen2(writer, config)
    writer.add_rope_scaling_orig_ctx_len(config["max_position_embeddings"])
    writer.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])
    writer.add_sliding_window(0)


def _add_gemma2(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    _add_heads(writer, config)
    writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
    writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    writer.add_sliding_window(config["sliding_window"])


def _add_gemma3(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    _add_heads(writer, config)
    writer.add_rope_freq_base(config["rope_parameters"]["full_attention"]["rope_theta"])
    writer.add_sliding_window(config["sliding_window"])


_ADD_OWN = {
    "qwen2": _add_qwen2,
    "qwen3": _add_qwen3,
    "phi3": _add_phi3,
    "gemma2": _add_gemma2,
    "gemma3": _add_gemma3,
}


def _add_vocabulary(writer: gguf.GGUFWriter, folder: ModelFolder) -> None:
    words = json.loads((folder.path / "tokenizer.json").read_bytes())
    size = folder.config["vocab_size"]
    tokens, kinds = [f"[PAD{id}]" for id in range(size)], [gguf.TokenType.UNUSED] * size
    for token, id in words["model"]["vocab"].items():
        tokens[id], kinds[id] = token, gguf.TokenType.NORMAL
    for added in words["added_tokens"]:
        tokens[added["id"]], kinds[added["id"]] = added["content"], gguf.TokenType.CONTROL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in words["model"]["merges"]])


def _renamed(tensor: str, architecture: str) -> str:
    whole = {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
    }
    if tensor in whole:
        return whole[tensor]
    block, _, rest = tensor.removeprefix("model.layers.").partition(".")
    module, _, kind = rest.rpartition(".")
    return f"blk.{block}.{(_NAMES | _LATER_NORMS[architecture])[module]}.{kind}"


def _stored(tensor: str, values: np.ndarray, architecture: str) -> np.ndarray:
    if values.ndim > 1:
        return values.astype(np.float16)
    shifted = architecture.startswith("gemma") and tensor.endswith("norm.weight")
    return values + np.float32(1.0) if shifted else values
