"""Read a safetensors file's header without loading its tensors, and see that the file is whole.

Format: 8 bytes little-endian header length N, N bytes of JSON, then the data
(https://github.com/huggingface/safetensors).
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

_MAX_HEADER = 100 * 1024 * 1024
_BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I8": 8, "U8": 8}


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor: type name (``F16``, ``F32``, …), shape, byte range in the data part."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """All tensors of a file by name, and where its data part begins (bytes)."""

    tensors: dict[str, TensorEntry]
    data_start: int


def _damaged(file: Path, found: str) -> ModelError:
    return ModelError(
        f"{one_line(str(file))} is not a whole safetensors file",
        found=found,
        expected="a header and all the bytes it names",
        mend="copy or download the file again",
    )


def _entry(fields: dict[str, Any]) -> TensorEntry:
    """One tensor of the header. Raises ValueError when its bytes are not those of its type and shape."""
    start, end = map(int, fields["data_offsets"])
    shape = tuple(map(int, fields["shape"]))
    bits = _BITS.get(fields["dtype"])
    if not 0 <= start <= end or (bits and (end - start) * 8 != math.prod(shape) * bits):
        raise ValueError(f"{fields['dtype']} {shape} in bytes {start} to {end}")
    return TensorEntry(str(fields["dtype"]), shape, start, end)


def parse_header(raw: bytes, size: int, file: Path) -> Header:
    """Parse the header in ``raw``, the start of a file of ``size`` bytes. Raises ModelError."""
    if len(raw) < 8:
        raise _damaged(file, f"{size} bytes")
    (length,) = struct.unpack("<Q", raw[:8])
    if length > min(_MAX_HEADER, size - 8):
        raise _damaged(file, f"{size} bytes, but a header of {length}")
    try:
        fields = json.loads(raw[8 : 8 + length])
        tensors = {name: _entry(entry) for name, entry in fields.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(file, f"an unreadable header ({error})") from error
    expected = 8 + length + max((entry.end for entry in tensors.values()), default=0)
    if size != expected:
        raise _damaged(file, f"{size} bytes where the header names {expected}")
    return Header(tensors, 8 + length)


def read_header(file: Path) -> Header:
    """Read and check the header of ``file``. Raises ModelError."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            start = stream.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            raw = start + stream.read(min(length, _MAX_HEADER))
    except OSError as error:
        raise _damaged(file, error.strerror or str(error)) from error
    return parse_header(raw, size, file)


def read_tensor_bytes(file: Path, header: Header, name: str) -> bytes:
    """The raw little-endian bytes of one tensor. Raises ModelError."""
    entry = header.tensors[name]
    try:
        with file.open("rb") as stream:
            stream.seek(header.data_start + entry.start)
            return stream.read(entry.end - entry.start)
    except OSError as error:
        raise _damaged(file, error.strerror or str(error)) from error
