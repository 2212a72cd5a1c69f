"""Reading a GGUF's header within bounds.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The package gguf has a reader, but it maps
the whole file and believes every count in it, so that a few bytes can keep it busy for ever. That is good
enough for files of our own making, not for one that somebody downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf.cursor import BrokenHeaderError, Cursor, Value
from vortex_tui.gguf.header import Header, TensorInfo

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_BIG_ENDIAN_VERSIONS = tuple(version << 24 for version in _VERSIONS)
_MAX_KEYS = 65_536
_MAX_TENSORS = 262_144
_MAX_DIMENSIONS = 4
_ALIGNMENT = 32
_MAX_ALIGNMENT = 1 << 20


def read_tensor(file: Path, tensor: TensorInfo) -> bytes:
    """The raw little-endian bytes of one tensor. Raises ModelError."""
    try:
        with file.open("rb") as stream:
            stream.seek(tensor.start)
            return stream.read(tensor.bytes)
    except OSError as error:
        raise _unreadable(file, error) from error


def read(file: Path, wanted: frozenset[str] = frozenset()) -> Header:
    """Read a header and see that the file holds all it names; ``wanted``: long arrays to keep.

    Raises ModelError.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            return _parse(Cursor(stream, size), size, wanted)
    except OSError as error:
        raise _unreadable(file, error) from error
    except BrokenHeaderError as error:
        raise _refusal(file, str(error)) from error


def _unreadable(file: Path, error: OSError) -> ModelError:
    return ModelError(
        f"{one_line(str(file))} cannot be read",
        found=error.strerror or str(error),
        expected="a file that this user may read",
        mend="see the path, and who may read it",
    )


def _refusal(file: Path, found: str) -> ModelError:
    return ModelError(
        f"{one_line(str(file))} is not a whole GGUF file",
        found=one_line(found),
        expected="a header of GGUF version 2 or 3 and all the bytes it names",
        mend="copy or download the file again",
    )


def _parse(cursor: Cursor, size: int, wanted: frozenset[str]) -> Header:
    _check_start(cursor)
    tensors = cursor.count("tensors", _MAX_TENSORS)
    keys = cursor.count("keys", _MAX_KEYS)
    metadata: dict[str, Value] = {}
    for _ in range(keys):
        key = cursor.text()
        if key in metadata:
            raise BrokenHeaderError(f"the key {key!r} twice")
        metadata[key] = cursor.value(keep_long=key in wanted)
    infos = _tensors(cursor, tensors)
    return Header(metadata, _placed(infos, cursor.position, size, _alignment(metadata)))


def _check_start(cursor: Cursor) -> None:
    magic = cursor.take(4)
    if magic != _MAGIC:
        raise BrokenHeaderError(f"it begins with {magic!r}, not {_MAGIC!r}")
    version = cursor.integer(4)
    if version in _BIG_ENDIAN_VERSIONS:
        raise BrokenHeaderError("it was made for a big-endian machine")
    if version not in _VERSIONS:
        raise BrokenHeaderError(f"version {version}")


def _tensors(cursor: Cursor, count: int) -> dict[str, TensorInfo]:
    """The tensors; ``start`` is still counted from the data's begin."""
    found: dict[str, TensorInfo] = {}
    for _ in range(count):
        name = cursor.text()
        dimensions = cursor.integer(4)
        if name in found or dimensions > _MAX_DIMENSIONS:
            raise BrokenHeaderError(f"the tensor {name!r} twice, or with {dimensions} dimensions")
        # The format has the fastest dimension first.
        shape = tuple(reversed([cursor.integer(8) for _ in range(dimensions)]))
        found[name] = TensorInfo(cursor.integer(4), shape, cursor.integer(8))
    return found


def _alignment(metadata: Mapping[str, Value]) -> int:
    value = metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(value, int) or not 0 < value <= _MAX_ALIGNMENT or value & (value - 1):
        raise BrokenHeaderError(f"an alignment of {value!r}")
    return value


def _placed(infos: Mapping[str, TensorInfo], end: int, size: int, alignment: int) -> dict[str, TensorInfo]:
    data = -(-end // alignment) * alignment
    placed: dict[str, TensorInfo] = {}
    for name, info in infos.items():
        moved = TensorInfo(info.type, info.shape, data + info.start)
        if info.start % alignment or moved.start + moved.bytes > size:
            raise BrokenHeaderError(f"{size} bytes, but {name} ends at {moved.start + moved.bytes}")
        placed[name] = moved
    return placed
