"""Reading GGUF's values one after the other, never further than the file and a header's sense allow."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

# The largest headers known have some tens of MiB: a vocabulary of 256,000 tokens with its merges.
_MAX_HEADER = 128 * 1024 * 1024
_MAX_ELEMENTS = 4_194_304
_MAX_TEXT = 16 * 1024 * 1024
_SHORT = 1024
_TEXT, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


class BrokenHeaderError(Exception):
    """What of the header makes no sense; told to the person by whoever asked for the file."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An array that was passed over: how many elements it has."""

    count: int


Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | Skipped


class Cursor:
    """A place in a stream of ``size`` bytes. Every reading method raises BrokenHeaderError."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = min(size, _MAX_HEADER)
        self.position = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, all of them."""
        if count > self._size - self.position:
            raise BrokenHeaderError(f"a header beyond {self._size} bytes")
        raw = self._stream.read(count)
        if len(raw) != count:
            raise BrokenHeaderError("the file became shorter while it was read")
        self.position += count
        return raw

    def integer(self, width: int) -> int:
        """An unsigned number of ``width`` bytes."""
        return int.from_bytes(self.take(width), "little")

    def count(self, what: str, limit: int) -> int:
        """A number of things that follow."""
        count = self.integer(8)
        if count > limit:
            raise BrokenHeaderError(f"{count} {what}")
        return count

    def text(self) -> str:
        """A string; bytes that are not UTF-8 stay told apart."""
        return self.take(self.count("bytes of text", _MAX_TEXT)).decode("utf-8", "surrogateescape")

    def value(self, *, keep_long: bool) -> Value:
        """A value of the metadata with its type before it."""
        kind = self.integer(4)
        return self._array(keep_long=keep_long) if kind == _ARRAY else self._scalars(kind, 1)[0]

    def _array(self, *, keep_long: bool) -> Value:
        kind = self.integer(4)
        count = self.count("elements", _MAX_ELEMENTS)
        if keep_long or count <= _SHORT:
            return self._scalars(kind, count)
        self._skip(kind, count)
        return Skipped(count)

    def _scalars(self, kind: int, count: int) -> tuple[Scalar, ...]:
        if kind == _TEXT:
            return tuple(self.text() for _ in range(count))
        code = self._code(kind)
        return struct.unpack(f"<{count}{code}", self.take(count * struct.calcsize(f"<{code}")))

    def _skip(self, kind: int, count: int) -> None:
        if kind == _TEXT:
            for _ in range(count):
                self.take(self.count("bytes of text", _MAX_TEXT))
        else:
            self.take(count * struct.calcsize(f"<{self._code(kind)}"))

    @staticmethod
    def _code(kind: int) -> str:
        if kind not in _SCALARS:
            raise BrokenHeaderError(f"a value of type {kind}")
        return _SCALARS[kind]
