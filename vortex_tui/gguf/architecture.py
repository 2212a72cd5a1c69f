"""The architectures whose adapters are converted: llama.cpp's names and how it stores their layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf.library import library

_SEVEN = frozenset(
    {
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.o_proj",
        "mlp.gate_proj",
        "mlp.up_proj",
        "mlp.down_proj",
    }
)
_FUSED = frozenset({"self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj"})
# llama.cpp turns pairs of neighbours where transformers turns the two halves of a head: for these, its base
# has the rows of Q and K in another order. Its other architectures rotate halves too.
_TURNED = frozenset({"self_attn.q_proj", "self_attn.k_proj"})
_PLAIN_NORMS = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
_HEAD_NORMS = {"attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"}
_GEMMA_NORMS = {
    "attn_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}


@dataclass(frozen=True, slots=True)
class Architecture:
    """One of llama.cpp's architectures.

    ``modules``: the linear layers of a block as transformers names them; ``permuted``: those whose rows are
    reordered; ``norms``: a block's norms, GGUF to transformers; ``norm_offset``: what llama.cpp's converter
    adds to every norm weight.
    """

    name: str
    modules: frozenset[str]
    norms: Mapping[str, str]
    permuted: frozenset[str] = frozenset()
    norm_offset: float = 0.0


_EVERY = (
    Architecture("llama", _SEVEN, _PLAIN_NORMS, permuted=_TURNED),
    Architecture("qwen2", _SEVEN, _PLAIN_NORMS),
    Architecture("qwen3", _SEVEN, _PLAIN_NORMS | _HEAD_NORMS),
    Architecture("gemma2", _SEVEN, _GEMMA_NORMS, norm_offset=1.0),
    Architecture("gemma3", _SEVEN, _GEMMA_NORMS | _HEAD_NORMS, norm_offset=1.0),
    Architecture("phi3", _FUSED, _PLAIN_NORMS),
)
BY_NAME = {architecture.name: architecture for architecture in _EVERY}
_BY_CLASS = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "llama",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "Gemma2ForCausalLM": "gemma2",
    "Gemma3ForCausalLM": "gemma3",
    "Gemma3ForConditionalGeneration": "gemma3",
    "Phi3ForCausalLM": "phi3",
}
_BY_MODEL_TYPE = {
    "llama": "llama",
    "mistral": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma2": "gemma2",
    "gemma3_text": "gemma3",
    "gemma3": "gemma3",
    "phi3": "phi3",
}


def canonical(model_type: str) -> str:
    """llama.cpp's name for a ``model_type``; an unknown one keeps its own."""
    return _BY_MODEL_TYPE.get(model_type, model_type)


def of_config(config: Mapping[str, Any]) -> Architecture:
    """The architecture of a transformers configuration. Raises ModelError for one that is not converted."""
    classes = config.get("architectures")
    if isinstance(classes, list) and classes:
        # The class decides, as in llama.cpp's converter: a classifier shares its model_type with the model.
        found, name = str(classes[0]), _BY_CLASS.get(str(classes[0]))
    else:
        found, name = str(config.get("model_type")), _BY_MODEL_TYPE.get(str(config.get("model_type")))
    if name is None:
        raise _unknown(found)
    return BY_NAME[name]


def of_name(name: str) -> Architecture:
    """The architecture that a GGUF names. Raises ModelError for one whose adapters are not converted."""
    if name not in BY_NAME:
        raise _unknown(name)
    return BY_NAME[name]


def _unknown(found: str) -> ModelError:
    return ModelError(
        "adapters of this base cannot be converted to GGUF",
        found=f"the architecture {one_line(found)}",
        expected=f"llama, mistral, {', '.join(name for name in BY_NAME if name != 'llama')}",
        mend="set core.backend to hf",
    )


@cache
def _name_map(name: str, blocks: int) -> Any:
    gguf = library()
    (number,) = [number for number, known in gguf.MODEL_ARCH_NAMES.items() if known == name]
    return gguf.get_tensor_name_map(number, blocks)


def tensor_name(architecture: Architecture, blocks: int, name: str) -> str | None:
    """The GGUF name of a transformers tensor that ends in ``.weight``; None when llama.cpp knows none."""
    found = _name_map(architecture.name, blocks).get_name(name, try_suffixes=(".weight",))
    return str(found) if found and found.endswith(".weight") else None
