"""What llama.cpp does not survive, refused in words before it is asked.

It throws for most of what is wrong in a file, and that is told; for the rest it ends the process. Each rule
here stands for such an end, found by loading files with one thing wrong (tests/gguf/test_fuzz.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf import vocabulary
from vortex_tui.gguf.header import Header
from vortex_tui.gguf.tensor_types import TENSOR_TYPES

_INT32 = 2**31 - 1
# Sizes that every model says, and their bounds; of sizes by block, each.
_REQUIRED = {
    "block_count": (1, 512),
    "context_length": (1, _INT32),
    "embedding_length": (1, 1 << 20),
    "attention.head_count": (0, 1 << 16),
}
_OPTIONAL = {
    "feed_forward_length": (0, 1 << 24),
    "attention.head_count_kv": (0, 1 << 16),
    "attention.key_length": (1, 1 << 16),
    "attention.value_length": (1, 1 << 16),
    "rope.dimension_count": (0, 1 << 16),
    "vocab_size": (1, 1 << 23),
    "expert_count": (0, 1024),
}
_ROPES = ("none", "linear", "yarn", "longrope")
_UNCOMPUTED = frozenset({"I8", "I16", "I32", "I64", "F64"})
_F32, _ALIGNED = "F32", 32
_VECTORS = ("norm.weight", ".bias", ".scale")
Problem = tuple[str, str]


def check(file: Path, header: Header) -> None:
    """Raise ModelError for a model that would end the process; ``header`` with ``vocabulary.WANTED``."""
    for found, expected in _problems(header):
        raise ModelError(
            f"{one_line(str(file))} cannot be run",
            found=one_line(found)[:300],
            expected=expected,
            mend="download or convert the model again, or choose another GGUF",
        )


def _problems(header: Header) -> Iterator[Problem]:
    """What was found, and what was expected; the first one is told."""
    if header.kind != "model" or not header.architecture:
        yield f"a file of kind {header.kind}, architecture {header.architecture!r}", "a language model"
        return
    yield from _sizes(header)
    yield from _numbers(header)
    yield from _mixture(header)
    yield from _tensors(header)
    yield from vocabulary.problems(header)


def _sizes(header: Header) -> Iterator[Problem]:
    for key, (low, high) in (_REQUIRED | _OPTIONAL).items():
        value = header.metadata.get(f"{header.architecture}.{key}")
        if value is None and key in _OPTIONAL:
            continue
        each = value if isinstance(value, tuple) else (value,)
        # A boolean is a number to Python, and to nobody else.
        if not all(type(one) is int and low <= one <= high for one in each):
            yield f"{header.architecture}.{key} = {str(value)[:60]}", f"from {low} to {high}"


def _numbers(header: Header) -> Iterator[Problem]:
    for key, value in header.metadata.items():
        if not key.startswith(f"{header.architecture}."):
            continue
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{key} = {value}", "a finite number"
        if key.endswith("epsilon") and not (isinstance(value, float) and value >= 0.0):
            yield f"{key} = {value!r}", "0 or a small number above it"
    rope = header.text(f"{header.architecture}.rope.scaling.type") or "none"
    if rope not in _ROPES:
        yield f"rope.scaling.type = {rope!r}", ", ".join(_ROPES)


def _mixture(header: Header) -> Iterator[Problem]:
    """Networks of experts within the model: so many, of which some are used, in groups of one size."""
    experts, used = header.largest("expert_count"), header.largest("expert_used_count")
    if bool(experts) != bool(used) or not 0 <= used <= experts:
        yield f"expert_used_count {used} of expert_count {experts}", "some of them, or none of none"
    groups, chosen = header.largest("expert_group_count"), header.largest("expert_group_used_count")
    if (groups and not experts) or (groups > 1 and (experts % groups or not 0 < chosen < groups)):
        yield f"{chosen} of {groups} groups of {experts} experts", "some of several groups of one size"
    ahead, blocks = header.largest("nextn_predict_layers"), header.largest("block_count")
    if not 0 <= ahead < blocks:
        yield f"nextn_predict_layers {ahead} of {blocks} blocks", "some of them at the most"


def _tensors(header: Header) -> Iterator[Problem]:
    if not header.tensors:
        yield "no tensors", "a model's weights"
    for name, tensor in header.tensors.items():
        kind = tensor.type_name
        if tensor.type not in TENSOR_TYPES or (kind in _UNCOMPUTED and len(tensor.shape) > 1):
            yield f"{name} of the type {kind}", "weights of a type that llama.cpp computes with"
        # llama.cpp's converter writes every vector so, whatever the rest is quantised to.
        if kind != _F32 and _is_vector(name, tensor.shape):
            yield f"{name}, a vector, of the type {kind}", _F32
        if tensor.start % _ALIGNED or not math.prod(tensor.shape):
            yield f"{name} {tensor.shape} at byte {tensor.start}", f"values at a multiple of {_ALIGNED}"


def _is_vector(name: str, shape: tuple[int, ...]) -> bool:
    return len(shape) < 2 or (math.prod(shape[:-1]) == 1 and name.endswith(_VECTORS))
