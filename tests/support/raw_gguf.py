"""GGUF files byte by byte, sound or with any one thing wrong: small, quick, and without torch."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

U8, U32, I32, F32, BOOL, TEXT, ARRAY, U64, I64, F64 = 0, 4, 5, 6, 7, 8, 9, 10, 11, 12
_CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
F32_TENSOR, F16_TENSOR = 0, 1
_DTYPES = {F32_TENSOR: "<f4", F16_TENSOR: "<f2"}
_ALIGNMENT = 32
HIDDEN, FEED, HEADS, KV_HEADS, BLOCKS, CONTEXT = 32, 64, 4, 2, 2, 128
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)


@dataclass(slots=True)
class Typed:
    """A metadata value with its type; ``of`` is the type of an array's elements."""

    kind: int
    value: Any
    of: int = 0


@dataclass(slots=True)
class Tensor:
    """A tensor as the header says it: the fastest dimension first."""

    dimensions: tuple[int, ...]
    type: int
    data: bytes = field(repr=False)


def text(value: str) -> bytes:
    """A string with its length before it."""
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _scalar(kind: int, value: Any) -> bytes:
    return text(value) if kind == TEXT else struct.pack(f"<{_CODES[kind]}", value)


def value(typed: Typed) -> bytes:
    """A metadata value with its type before it."""
    if typed.kind != ARRAY:
        return struct.pack("<I", typed.kind) + _scalar(typed.kind, typed.value)
    parts = [_scalar(typed.of, each) for each in typed.value]
    return struct.pack("<IIQ", ARRAY, typed.of, len(parts)) + b"".join(parts)


def vocabulary() -> tuple[str, ...]:
    """The special tokens, then one for each byte, as byte-level BPE writes bytes."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return (*SPECIAL, *(chr(byte if byte in printable else next(others)) for byte in range(256)), "ab", "cd")


def metadata(architecture: str = "llama") -> dict[str, Typed]:
    """What a sound file of these sizes says."""
    tokens = vocabulary()
    kinds = [3] * len(SPECIAL) + [1] * (len(tokens) - len(SPECIAL))
    sizes = {
        "block_count": BLOCKS,
        "context_length": CONTEXT,
        "embedding_length": HIDDEN,
        "feed_forward_length": FEED,
        "attention.head_count": HEADS,
        "attention.head_count_kv": KV_HEADS,
        "rope.dimension_count": HIDDEN // HEADS,
        "vocab_size": len(tokens),
    }
    return {
        "general.architecture": Typed(TEXT, architecture),
        "general.type": Typed(TEXT, "model"),
        "general.file_type": Typed(U32, 1),
        **{f"{architecture}.{key}": Typed(U32, size) for key, size in sizes.items()},
        f"{architecture}.attention.layer_norm_rms_epsilon": Typed(F32, 1e-5),
        f"{architecture}.rope.freq_base": Typed(F32, 10_000.0),
        "tokenizer.ggml.model": Typed(TEXT, "gpt2"),
        "tokenizer.ggml.pre": Typed(TEXT, "smollm"),
        "tokenizer.ggml.tokens": Typed(ARRAY, tokens, TEXT),
        "tokenizer.ggml.token_type": Typed(ARRAY, kinds, I32),
        "tokenizer.ggml.merges": Typed(ARRAY, ("a b", "c d"), TEXT),
        "tokenizer.ggml.bos_token_id": Typed(U32, 0),
        "tokenizer.ggml.eos_token_id": Typed(U32, 2),
        "tokenizer.ggml.padding_token_id": Typed(U32, 0),
        "tokenizer.ggml.add_bos_token": Typed(BOOL, False),
        "tokenizer.chat_template": Typed(TEXT, TEMPLATE),
    }


def tensor(dimensions: tuple[int, ...], kind: int, seed: int = 0) -> Tensor:
    """Random values; a norm's, in float32, are around one."""
    drawn = np.random.default_rng(seed).normal(0.0, 0.2, dimensions)
    values = drawn + 1.0 if kind == F32_TENSOR else drawn
    return Tensor(dimensions, kind, values.astype(_DTYPES[kind]).tobytes())


def tensors() -> dict[str, Tensor]:
    """A whole Llama of these sizes."""
    keys = HIDDEN // HEADS * KV_HEADS
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (HIDDEN, len(vocabulary()))}
    for block in range(BLOCKS):
        shapes |= {
            f"blk.{block}.attn_norm.weight": (HIDDEN,),
            f"blk.{block}.attn_q.weight": (HIDDEN, HIDDEN),
            f"blk.{block}.attn_k.weight": (HIDDEN, keys),
            f"blk.{block}.attn_v.weight": (HIDDEN, keys),
            f"blk.{block}.attn_output.weight": (HIDDEN, HIDDEN),
            f"blk.{block}.ffn_norm.weight": (HIDDEN,),
            f"blk.{block}.ffn_gate.weight": (HIDDEN, FEED),
            f"blk.{block}.ffn_up.weight": (HIDDEN, FEED),
            f"blk.{block}.ffn_down.weight": (FEED, HIDDEN),
        }
    shapes["output_norm.weight"] = (HIDDEN,)
    return {
        name: tensor(shape, F32_TENSOR if len(shape) == 1 else F16_TENSOR, seed)
        for seed, (name, shape) in enumerate(shapes.items())
    }


def render(said: Mapping[str, Typed], named: Mapping[str, Tensor]) -> bytes:
    """The file's bytes."""
    return header(said, named) + data(named)


def header(said: Mapping[str, Typed], named: Mapping[str, Tensor]) -> bytes:
    """Everything before the tensors' data, filled up to its alignment."""
    parts = [b"GGUF", struct.pack("<IQQ", 3, len(named), len(said))]
    parts += [text(key) + value(typed) for key, typed in said.items()]
    start = 0
    for name, each in named.items():
        count = len(each.dimensions)
        parts.append(text(name) + struct.pack(f"<I{count}QIQ", count, *each.dimensions, each.type, start))
        start += len(_padded(each.data))
    return _padded(b"".join(parts))


def data(named: Mapping[str, Tensor]) -> bytes:
    """The tensors' data."""
    return b"".join(_padded(each.data) for each in named.values())


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % _ALIGNMENT)


def write(
    file: Path,
    said: Mapping[str, Typed | None] | None = None,
    named: Mapping[str, Tensor | None] | None = None,
) -> Path:
    """A sound Llama with these keys and tensors changed, or left out where they are None."""
    every, whole = metadata() | dict(said or {}), tensors() | dict(named or {})
    file.write_bytes(
        render(
            {key: each for key, each in every.items() if each is not None},
            {name: each for name, each in whole.items() if each is not None},
        )
    )
    return file


def adapter(changes: Mapping[str, Tensor | None] | None = None, **said: Typed | None) -> bytes:
    """An adapter of rank 2 for two layers of that Llama, with tensors or keys changed or left out."""
    keys: dict[str, Typed | None] = {
        "general.architecture": Typed(TEXT, "llama"),
        "general.type": Typed(TEXT, "adapter"),
        "adapter.type": Typed(TEXT, "lora"),
        "adapter.lora.alpha": Typed(F32, 4.0),
    }
    named: dict[str, Tensor | None] = {}
    for layer, (inputs, outputs) in {"attn_q": (HIDDEN, HIDDEN), "ffn_down": (FEED, HIDDEN)}.items():
        named[f"blk.0.{layer}.weight.lora_a"] = tensor((inputs, 2), F32_TENSOR)
        named[f"blk.0.{layer}.weight.lora_b"] = tensor((2, outputs), F32_TENSOR)
    renamed = {key.replace("__", "."): each for key, each in said.items()}
    return render(
        {key: each for key, each in (keys | renamed).items() if each is not None},
        {name: each for name, each in (named | dict(changes or {})).items() if each is not None},
    )
