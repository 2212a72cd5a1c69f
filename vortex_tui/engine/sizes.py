"""What a model takes in memory, from file headers alone."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.offload import Part
from vortex_tui.engine.safetensors_file import TensorEntry
from vortex_tui.errors import ModelError
from vortex_tui.gguf.header import Header

MIB = 1024 * 1024
# Beside weights and K/V: the CUDA context and activations; on the host the interpreter with its libraries.
GPU_WORKING = 512 * MIB
HOST_WORKING = 600 * MIB
# NF4 with double quantisation: half a byte, a byte of scale for 64 values, a float for 256 scales.
_NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
_KV_BYTES = {"f16": 2.0, "q8_0": 34 / 32}
# Compute is bfloat16 on a GPU and float32 on a CPU; K/V and what is not quantised have that type.
GPU_VALUE, CPU_VALUE = 2, 4
_LAYER = re.compile(r"^.*?\blayers\.(\d+)(?=\.)")
_HEAD = "lm_head"


@dataclass(frozen=True, slots=True)
class KvShape:
    """Layers, and values of K and V together that one token takes in one of them."""

    layers: int
    values: int

    def layer_bytes(self, ctx_tokens: int, value_bytes: float) -> int:
        """One layer's K/V for a whole context."""
        return math.ceil(self.values * ctx_tokens * value_bytes)


def _kv_shape(where: str, found: Mapping[str, Any]) -> KvShape:
    for name, value in found.items():
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise ModelError(f"{where} does not say the model's {name}", found=repr(value)[:60])
    return KvShape(found["layers"], found["kv heads"] * (found["width of K"] + found["width of V"]))


def _share(hidden: object, heads: object) -> int | None:
    return hidden // heads if isinstance(hidden, int) and isinstance(heads, int) and heads > 0 else None


def kv_of_config(config: Mapping[str, Any]) -> KvShape:
    """K/V as ``config.json`` describes it. Raises ModelError."""
    text = config.get("text_config")
    flat = {**config, **text} if isinstance(text, dict) else config
    heads = flat.get("num_attention_heads")
    width = flat.get("head_dim") or _share(flat.get("hidden_size"), heads)
    layers, kv_heads = flat.get("num_hidden_layers"), flat.get("num_key_value_heads") or heads
    found = {"layers": layers, "kv heads": kv_heads, "width of K": width, "width of V": width}
    return _kv_shape("config.json", found)


def gguf_kv_bytes(header: Header, ctx_tokens: int, kv_type: str) -> int:
    """Upper bound of what K/V of a context takes in llama.cpp's type: windows are not counted on."""
    share = header.largest("embedding_length") // (header.largest("attention.head_count") or 1)
    wide = sum(header.largest(f"attention.{side}_length") or share for side in ("key", "value"))
    return math.ceil(_gguf_kv_heads(header) * wide * ctx_tokens * _KV_BYTES[kv_type])


def _gguf_kv_heads(header: Header) -> int:
    """Of all blocks together; some models say it block by block."""
    found = header.metadata.get(f"{header.architecture}.attention.head_count_kv")
    if isinstance(found, tuple):
        return sum(each for each in found if isinstance(each, int))
    one = header.largest("attention.head_count_kv") or header.largest("attention.head_count")
    return header.largest("block_count") * one


def _tensors(folder: ModelFolder) -> Iterator[tuple[str, TensorEntry]]:
    """Every tensor that is loaded; a tied head that is stored all the same is not."""
    tied = bool(folder.config.get("tie_word_embeddings"))
    for header in folder.headers.values():
        for name, entry in header.tensors.items():
            if not (tied and name.startswith(f"{_HEAD}.")):
                yield name, entry


def _bytes(name: str, entry: TensorEntry, quantization: str, value_bytes: int) -> int:
    """A tensor in memory: bitsandbytes quantises the layers' matrices, not embedding, head and norms."""
    values = math.prod(entry.shape)
    if quantization == "none" or len(entry.shape) != 2 or not _LAYER.match(name):
        return values * value_bytes
    return math.ceil(values * _NF4) if quantization == "nf4" else values + 4 * entry.shape[0]


def weight_bytes(folder: ModelFolder, quantization: str, value_bytes: int) -> int:
    """All weights in memory at a quantisation; what stays unquantised has ``value_bytes`` a value."""
    if "quantization_config" in folder.config:
        return folder.weight_bytes  # stored as it will be used
    return sum(_bytes(name, entry, quantization, value_bytes) for name, entry in _tensors(folder))


def layer_matrices(folder: ModelFolder) -> Iterator[tuple[int, int]]:
    """(outputs, inputs) of every matrix of the layers."""
    for name, entry in _tensors(folder):
        if len(entry.shape) == 2 and _LAYER.match(name):
            yield entry.shape[0], entry.shape[1]


def _module(name: str) -> str:
    layer = _LAYER.match(name)
    return layer[0] if layer else name.rpartition(".")[0]


def _rank(name: str) -> tuple[int, int]:
    """Embedding, layers by number, norm, head: the way of a token through the model."""
    if layer := _LAYER.match(f"{name}."):
        return 1, int(layer[1])
    return (0 if "embed" in name or name.endswith("wte") else 3 if name == _HEAD else 2), 0


def _check_divisible(folder: ModelFolder, found: int, layers: int) -> None:
    """Layers by other names would be placed without their K/V; quantised ones cannot be kept in 16 bits."""
    quantised = "quantization_config" in folder.config
    if found != layers or quantised:
        raise ModelError(
            "the model cannot be divided between card and CPU",
            found="weights that are quantised already" if quantised else f"{found} parts named as layers",
            expected=f"{layers} layers, as Llama, Qwen, Mistral and Gemma name them, in 16 or 32 bits",
            mend='set core.hf_offload to "none", or take a GGUF',
        )


def parts(folder: ModelFolder, quantization: str, ctx_tokens: int) -> tuple[Part, ...]:
    """The modules that are placed one by one, in the order of the model. Raises ModelError."""
    shape = kv_of_config(folder.config)
    kv = shape.layer_bytes(ctx_tokens, GPU_VALUE)
    gpu: dict[str, int] = {}
    host: dict[str, int] = {}
    for name, entry in _tensors(folder):
        module = _module(name)
        gpu[module] = gpu.get(module, 0) + _bytes(name, entry, quantization, GPU_VALUE)
        host[module] = host.get(module, 0) + math.prod(entry.shape) * GPU_VALUE
    order = sorted(gpu, key=_rank)
    _check_divisible(folder, sum(_rank(name)[0] == 1 for name in order), shape.layers)
    return tuple(Part(name, gpu[name], host[name], kv if _rank(name)[0] == 1 else 0) for name in order)
