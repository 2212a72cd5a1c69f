"""An array that stays in its file: parts are read as they are wanted, and none is kept.

A mapped file would count as this process's memory, page by page, until all of a bank had been looked at.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

T = TypeVar("T", bound=np.generic)


class Slices(Generic[T]):
    """The array of a .npy file (rows, …), in C order. Not for two threads at a time."""

    def __init__(self, file: Path) -> None:
        """Raises OSError, ValueError."""
        mapped = np.load(file, mmap_mode="r", allow_pickle=False)
        if not mapped.flags.c_contiguous:
            raise ValueError(f"{file.name} is not in C order")
        self._dtype, self._shape, self._offset = mapped.dtype, mapped.shape, mapped.offset
        self._row_bytes = mapped.itemsize * math.prod(mapped.shape[1:])
        self._name = str(file)
        self._stream = file.open("rb", buffering=0)
        weakref.finalize(self, self._stream.close)

    def __len__(self) -> int:
        return int(self._shape[0])

    def __getitem__(self, cut: slice) -> npt.NDArray[T]:
        first, last, _ = cut.indices(len(self))
        return self.take([(first, max(first, last))])

    def take(self, cuts: Sequence[tuple[int, int]]) -> npt.NDArray[T]:
        """The rows of these cuts (first, one past the last), one after the other. Raises StorageError."""
        found = np.empty((sum(last - first for first, last in cuts), *self._shape[1:]), self._dtype)
        data, at = found.reshape(-1).view(np.uint8).data, 0
        for first, last in cuts:
            self._stream.seek(self._offset + first * self._row_bytes)
            size = (last - first) * self._row_bytes
            if self._stream.readinto(data[at : at + size]) != size:
                raise self._shortened()
            at += size
        return found

    def _shortened(self) -> StorageError:
        return StorageError(
            f"the router's index {one_line(self._name)} became shorter while it was in use",
            found="less than was there when it was opened",
            expected="a file that nobody changes",
            mend="load the profile again: the index is made anew",
        )
