"""What a GGUF says of itself, without its weights."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from vortex_tui.gguf.cursor import BrokenHeaderError, Value
from vortex_tui.gguf.tensor_types import FILE_TYPES, TENSOR_TYPES


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A tensor: its type's number, its shape (rows first, as numpy has it), where it begins in the file."""

    type: int
    shape: tuple[int, ...]
    start: int

    @property
    def type_name(self) -> str:
        """As in ``Q4_K``; a type newer than this program has only its number."""
        known = TENSOR_TYPES.get(self.type)
        return known.name if known else f"type {self.type}"

    @property
    def bytes(self) -> int:
        """What it takes in the file; 0 for an unknown type. Raises BrokenHeaderError for a broken row."""
        known = TENSOR_TYPES.get(self.type)
        if known is None:
            return 0
        if self.shape and self.shape[-1] % known.block:
            raise BrokenHeaderError(f"rows of {self.shape[-1]} values in blocks of {known.block}")
        return math.prod(self.shape) // known.block * known.bytes


@dataclass(frozen=True, slots=True)
class Header:
    """Metadata by key and tensors by name. Long arrays nobody asked for are ``Skipped``."""

    metadata: Mapping[str, Value]
    tensors: Mapping[str, TensorInfo]

    def text(self, key: str) -> str:
        """A string of the metadata; empty when it is missing or something else."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        """A whole number of the metadata; None when it is missing or something else."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def strings(self, key: str) -> tuple[str, ...]:
        """An array of strings that was asked for; empty when it is missing or something else."""
        value = self.metadata.get(key)
        return tuple(part for part in value if isinstance(part, str)) if isinstance(value, tuple) else ()

    def numbers(self, key: str) -> tuple[int, ...]:
        """An array of whole numbers that was asked for; empty when it is missing or something else."""
        value = self.metadata.get(key)
        return tuple(part for part in value if isinstance(part, int)) if isinstance(value, tuple) else ()

    def size(self, key: str) -> int | None:
        """A whole number under the architecture's own name, as in ``llama.block_count``."""
        return self.number(f"{self.architecture}.{key}")

    def largest(self, key: str) -> int:
        """Such a number, the largest of them where it is said block by block; 0 when it is missing."""
        value = self.metadata.get(f"{self.architecture}.{key}")
        each = value if isinstance(value, tuple) else (value,)
        return max((one for one in each if isinstance(one, int)), default=0)

    @property
    def kind(self) -> str:
        """``model``, ``adapter``, …; old files of models do not say."""
        return self.text("general.type") or "model"

    @property
    def architecture(self) -> str:
        """As llama.cpp names it."""
        return self.text("general.architecture")

    @property
    def quantization(self) -> str:
        """As its maker named it, else the type that most values have."""
        named = FILE_TYPES.get(self.number("general.file_type") or 0)
        counts: Counter[str] = Counter()
        for tensor in self.tensors.values():
            counts[tensor.type_name] += math.prod(tensor.shape)
        most = counts.most_common(1)[0][0] if counts else ""
        # A file type of 0 is what a tool writes that does not know: the tensors know better.
        return named if named and named != "F32" else most

    @property
    def parameters(self) -> int:
        """Values in all tensors of this file."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors.values())

    @property
    def context_length(self) -> int:
        """Tokens the model was trained for, or 0 when the file does not say."""
        return self.size("context_length") or 0

    @property
    def has_chat_template(self) -> bool:
        """Whether the model knows how a conversation is written for it."""
        return bool(self.text("tokenizer.chat_template"))

    @property
    def parts(self) -> int:
        """Over how many files the model is split; this one is one of them."""
        return self.number("split.count") or 1
