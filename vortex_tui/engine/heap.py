"""Memory that was freed, given back to the system: the C library keeps it otherwise, for reuse."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys


def trim() -> None:
    """Collect, and return what is free: loading leaves hundreds of MiB behind. Nothing where nothing can."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        if sys.platform == "win32":
            ctypes.cdll.msvcrt._heapmin()
        elif sys.platform == "linux":  # glibc has it, musl needs none
            ctypes.CDLL(None).malloc_trim(0)
