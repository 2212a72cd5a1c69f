"""A model as its files' headers describe it, of either format."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vortex_tui.engine import sizes
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import ModelError
from vortex_tui.gguf.header import Header

# An expert as most are trained, where a bank does not say otherwise.
COMMON_RANK = 16
_BLOCK = re.compile(r"^blk\.\d+\.")
_OUTPUT, _EMBEDDING = "output.weight", "token_embd.weight"


@dataclass(frozen=True, slots=True)
class Gguf:
    """A GGUF and what it says of itself."""

    file: Path
    header: Header


Model = ModelFolder | Gguf


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths (values) that decide how large buffers are; ``largest`` values has the largest layer."""

    hidden: int
    feed_forward: int
    heads: int
    vocabulary: int
    largest: int


def backend_of(model: Model) -> str:
    """The backend that opens it."""
    return "llama_cpp" if isinstance(model, Gguf) else "hf"


def matrices(model: Model) -> Iterator[tuple[int, int]]:
    """(outputs, inputs) of every matrix of the layers: what an expert may change."""
    if isinstance(model, Gguf):
        shapes = ((n, t.shape) for n, t in model.header.tensors.items() if _BLOCK.match(n))
        yield from ((s[0], s[1]) for n, s in shapes if len(s) == 2 and n.endswith(".weight"))
    else:
        yield from sizes.layer_matrices(model)


def expert_values(model: Model, rank: int = COMMON_RANK) -> int:
    """Values of an expert of that rank on all layers."""
    return sum(rank * (outputs + inputs) for outputs, inputs in matrices(model))


def shape(model: Model) -> Shape:
    """Widths from the header or from config.json. Raises ModelError."""
    largest = max((math.prod(pair) for pair in matrices(model)), default=0)
    if isinstance(model, Gguf):
        header = model.header
        embedding = header.tensors.get(_EMBEDDING)
        vocabulary = embedding.shape[0] if embedding and embedding.shape else 0
        return Shape(
            header.largest("embedding_length"), header.largest("feed_forward_length"),
            header.largest("attention.head_count"), vocabulary, largest,
        )  # fmt: skip
    text = model.config.get("text_config")
    flat = {**model.config, **text} if isinstance(text, dict) else model.config
    names = ("hidden_size", "intermediate_size", "num_attention_heads", "vocab_size")
    hidden, feed_forward, heads, vocabulary = (_width(flat.get(name), name) for name in names)
    return Shape(hidden, feed_forward, heads, vocabulary, largest)


def _width(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ModelError(f"config.json does not say the model's {name}", found=repr(value)[:60])
    return value


def gguf_weights(header: Header) -> tuple[int, int]:
    """Bytes of the layers and the head, and of the input embedding, which llama.cpp leaves with the host.

    A head that is tied to the embedding is a copy of it, wherever the layers are.
    """
    total = sum(tensor.bytes for tensor in header.tensors.values())
    embedding = header.tensors.get(_EMBEDDING)
    kept = embedding.bytes if embedding else 0
    return total - (kept if _OUTPUT in header.tensors else 0), kept
