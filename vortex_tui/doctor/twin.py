"""An expert's twin: other factors, another hash, and exactly the same update.

Every value of A and of B has its sign turned, so (-B)(-A) is BA to the last bit. Half the expert and half
its twin is then the whole expert; the expert less its twin is the bare base; and a mix that averaged
factors instead of updates would give zero for the first and something else for the second.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vortex_tui.doctor import copies
from vortex_tui.engine.safetensors_file import read_header
from vortex_tui.experts import manifest
from vortex_tui.experts.bank import BankEntry

NAME = "doctor-twin/1"
_DTYPES = {"F32": np.uint32, "F16": np.uint16, "BF16": np.uint16}


def make(entry: BankEntry, parent: Path) -> Path | None:
    """Write the twin of ``entry`` below ``parent`` and return its folder; None for a type unknown here.

    Raises ExpertError, ModelError, OSError or StorageError.
    """
    weights = _turned(entry.folder / manifest.ADAPTER / manifest.WEIGHTS_FILE)
    return None if weights is None else copies.write(entry, NAME, weights, parent)


def _turned(file: Path) -> bytes | None:
    """A safetensors file with the sign of every value turned."""
    header, raw = read_header(file), bytearray(file.read_bytes())
    for tensor in header.tensors.values():
        dtype = _DTYPES.get(tensor.dtype)
        if dtype is None:
            return None
        values = np.frombuffer(
            raw, dtype, count=_count(tensor.shape), offset=header.data_start + tensor.start
        )
        values ^= dtype(1 << (values.itemsize * 8 - 1))
    return bytes(raw)


def _count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=np.int64))
