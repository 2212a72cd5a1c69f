"""Does an adapter hold numbers only? One value that is none makes every answer of its mix nonsense."""

from __future__ import annotations

from typing import Any

import numpy as np

from vortex_tui.engine.safetensors_file import Header

# By the exponent's bits, which are all set in what is no number and in infinity, and in nothing else.
_EXPONENTS: dict[str, tuple[str, int]] = {
    "F64": ("<u8", 0x7FF0_0000_0000_0000),
    "F32": ("<u4", 0x7F80_0000),
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
}
# Values looked at together: what is compared stays in the processor's cache.
_PIECE = 1 << 16


def first_infinite(header: Header, raw: bytes) -> str:
    """The name of the first tensor in ``raw`` with a value that is not finite; nothing when there is none.

    ``raw`` is the whole file. Tensors of other types than floats have no such values.
    """
    for name, tensor in header.tensors.items():
        if tensor.dtype not in _EXPONENTS or tensor.start == tensor.end:
            continue
        kind, exponent = _EXPONENTS[tensor.dtype]
        width = np.dtype(kind).itemsize
        count, start = (tensor.end - tensor.start) // width, header.data_start + tensor.start
        bits: np.ndarray[Any, np.dtype[np.unsignedinteger[Any]]] = np.frombuffer(raw, kind, count, start)
        if _has(bits, bits.dtype.type(exponent)):
            return name
    return ""


def _has(bits: np.ndarray[Any, np.dtype[np.unsignedinteger[Any]]], exponent: Any) -> bool:
    pieces = (bits[start : start + _PIECE] for start in range(0, len(bits), _PIECE))
    return any(bool(((piece & exponent) == exponent).any()) for piece in pieces)
