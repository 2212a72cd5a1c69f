"""Whether a converted adapter fits a GGUF: by both headers, before llama.cpp is given it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from vortex_tui.errors import ExpertError, ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf import reader
from vortex_tui.gguf.header import Header, TensorInfo

_SIDES = (".lora_a", ".lora_b")
_FLOATS = ("F32", "F16")


def check(file: Path, base: Header) -> None:
    """Raise ExpertError for a broken file, or an adapter that is not one of this base."""
    try:
        header = reader.read(file)
    except ModelError as error:
        raise _refusal(file, error.found, error.expected) from error
    for found, expected in _problems(header, base):
        raise _refusal(file, found, expected)


def _refusal(file: Path, found: str, expected: str) -> ExpertError:
    return ExpertError(
        f"the converted adapter {one_line(file.name)} does not fit this GGUF",
        found=one_line(found)[:300],
        expected=expected,
        mend=f"remove {one_line(str(file))}: it is made anew",
    )


def _problems(adapter: Header, base: Header) -> Iterator[tuple[str, str]]:
    if (adapter.kind, adapter.text("adapter.type")) != ("adapter", "lora"):
        yield f"a file of kind {adapter.kind}", "a LoRA adapter"
        return
    if adapter.architecture != base.architecture:
        yield f"the architecture {adapter.architecture!r}", base.architecture
    alpha = adapter.metadata.get("adapter.lora.alpha")
    if not isinstance(alpha, float) or not math.isfinite(alpha):
        yield f"adapter.lora.alpha {alpha!r}", "a finite number"
    if not adapter.tensors:
        yield "no tensors", "the factors of some layers"
    for name in adapter.tensors:
        yield from _of_tensor(adapter, base, name)


def _of_tensor(adapter: Header, base: Header, name: str) -> Iterator[tuple[str, str]]:
    """A factor has its pair, and the two have the shape of the base's weight between them."""
    stem, side = name[: -len(_SIDES[0])], name[-len(_SIDES[0]) :]
    a, b = (adapter.tensors.get(f"{stem}{each}") for each in _SIDES)
    weight = base.tensors.get(stem)
    if side not in _SIDES or a is None or b is None or weight is None:
        yield f"the tensor {name}", "lora_a and lora_b of a weight of the base"
    elif not _multiplies(a, b, weight):
        yield f"{stem}: A {a.shape}, B {b.shape}", f"A (r, in), B (out, r) for {weight.shape}"
    elif {a.type_name, b.type_name} - set(_FLOATS):
        yield f"{stem} of the types {a.type_name} and {b.type_name}", " or ".join(_FLOATS)


def _multiplies(a: TensorInfo, b: TensorInfo, weight: TensorInfo) -> bool:
    if not len(a.shape) == len(b.shape) == len(weight.shape) == 2:
        return False
    return a.shape[0] == b.shape[1] > 0 and (b.shape[0], a.shape[1]) == weight.shape
