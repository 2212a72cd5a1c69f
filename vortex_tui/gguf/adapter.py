"""A PEFT adapter as a GGUF file, equal to what llama.cpp's convert_lora_to_gguf.py makes of it.

The tensors of a module become ``<GGUF name of the base's weight>.lora_a`` and ``.lora_b``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vortex_tui.engine.fingerprint import as_float32
from vortex_tui.engine.safetensors_file import Header, parse_header
from vortex_tui.errors import ExpertError, ModelError
from vortex_tui.experts.adapter import Adapter
from vortex_tui.gguf import scaling
from vortex_tui.gguf.architecture import tensor_name
from vortex_tui.gguf.geometry import Geometry
from vortex_tui.gguf.library import library
from vortex_tui.gguf.scaling import refusal

Matrix = np.ndarray[Any, np.dtype[np.float32]]
# A model with eyes keeps its language model one level down, by one of two names.
_MODULE = re.compile(
    r"^(?:model|model\.language_model|language_model\.model)\.layers\.(?P<block>\d{1,5})\.(?P<layer>\w+\.\w+)$"
)
# adapter.read has refused these; whoever makes an Adapter in another way meets them here.
_REFUSED = ("use_dora", "lora_bias", "modules_to_save")


def permuted(rows: Matrix, heads: int) -> Matrix:
    """Rows whose halves of each head are interleaved: 0, n/2, 1, n/2 + 1, … as llama.cpp's rotation wants."""
    split = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return np.ascontiguousarray(split.swapaxes(1, 2).reshape(rows.shape))


def unpermuted(rows: Matrix, heads: int) -> Matrix:
    """What ``permuted`` was given."""
    split = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return np.ascontiguousarray(split.swapaxes(1, 2).reshape(rows.shape))


def convert(adapter: Adapter, base: Geometry, target: Path) -> None:
    """Write ``adapter`` for the base with that geometry to ``target``, always in the same bytes.

    Raises ExpertError when the adapter has what GGUF cannot say or does not fit the base, and
    ModelError when the package gguf is not installed.
    """
    scales = scaling.of(adapter)
    write(base.architecture.name, scales.alpha, list(tensors(adapter, base, scales.factors)), target)


def write(architecture: str, alpha: float, named: Iterable[tuple[str, Matrix]], target: Path) -> None:
    """Write an adapter's tensors. Raises ModelError when the package gguf is not installed."""
    gguf = library()
    writer = gguf.GGUFWriter(target, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for name, values in named:
        writer.add_tensor(name, values)
    save(writer)


def save(writer: Any) -> None:
    """Write what a GGUFWriter was given to its file."""
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _check(adapter: Adapter) -> None:
    if used := [key for key in _REFUSED if adapter.config.get(key)]:
        raise refusal(adapter, "it is more than a LoRA", ", ".join(used), "plain LoRA")
    if not adapter.modules:
        raise refusal(adapter, "it has no tensors", "none", "lora_A and lora_B of some layers")


def tensors(adapter: Adapter, base: Geometry, factors: Mapping[str, float]) -> Iterator[tuple[str, Matrix]]:
    """An adapter's tensors by their GGUF names, B multiplied by the module's factor. Raises ExpertError."""
    _check(adapter)
    header = parse_header(adapter.weights, len(adapter.weights), Path(adapter.manifest.id))
    for module in sorted(adapter.modules):
        layer, name = _placed(adapter, base, module)
        a, b = (_matrix(adapter, header, f"base_model.model.{module}.lora_{side}.weight") for side in "AB")
        if factors[module] != 1.0:
            b = _finite(adapter, module, _scaled(b, factors[module]))
        if layer in base.architecture.permuted:
            b = permuted(b, base.row_heads(layer))
        yield f"{name}.lora_a", a
        yield f"{name}.lora_b", b


def _placed(adapter: Adapter, base: Geometry, module: str) -> tuple[str, str]:
    """The layer's name within its block, and its weight's name in a GGUF."""
    match = _MODULE.match(module)
    layer = match["layer"] if match else ""
    if match is None or layer not in base.architecture.modules:
        expected = ", ".join(sorted(base.architecture.modules))
        raise refusal(adapter, "a layer whose name in GGUF is not known", module, expected)
    name = tensor_name(base.architecture, base.blocks, f"model.layers.{int(match['block'])}.{layer}.weight")
    if name is None:
        raise refusal(adapter, "a block that the base does not have", module, f"{base.blocks} blocks")
    _check_fit(adapter, base, module, layer)
    return layer, name


def _check_fit(adapter: Adapter, base: Geometry, module: str, layer: str) -> None:
    factors, expected = adapter.modules[module], base.linear(layer)
    if (factors.inputs, factors.outputs) != expected:
        found = f"{factors.inputs} → {factors.outputs}"
        raise refusal(adapter, f"{module} does not fit the base", found, f"{expected[0]} → {expected[1]}")
    if layer in base.architecture.permuted and expected[1] % (2 * base.row_heads(layer)):
        found = f"{expected[1]} rows of {base.row_heads(layer)} heads"
        raise refusal(adapter, f"the heads of {module} have no halves", found, "heads of an even size")


def _matrix(adapter: Adapter, header: Header, name: str) -> Matrix:
    """One tensor in float32: llama.cpp's converter writes adapters so unless it is told otherwise."""
    entry = header.tensors[name]
    raw = adapter.weights[header.data_start + entry.start : header.data_start + entry.end]
    return _finite(adapter, name, _floats(adapter, name, raw, entry.dtype).reshape(entry.shape))


def _scaled(values: Matrix, factor: float) -> Matrix:
    """The product, rounded once."""
    with np.errstate(over="ignore"):
        return (values.astype(np.float64) * factor).astype(np.float32)


def _finite(adapter: Adapter, name: str, values: Matrix) -> Matrix:
    if not np.isfinite(values).all():
        raise refusal(adapter, f"{name} has values that are no numbers", "nan or infinity", "finite values")
    return values


def _floats(adapter: Adapter, name: str, raw: bytes, dtype: str) -> Matrix:
    try:
        return np.frombuffer(as_float32(raw, dtype), np.dtype("<f4"))
    except ModelError as error:
        raise _unreadable(adapter, name, dtype) from error


def _unreadable(adapter: Adapter, name: str, dtype: str) -> ExpertError:
    return refusal(adapter, f"{name} has an unknown type", dtype, "F32, F16 or BF16")
