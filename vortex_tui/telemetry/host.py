"""Memory of the host."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HostMemory:
    """Mebibytes in use (what cannot be had without swapping) and in total."""

    used_mb: float
    total_mb: float


def read() -> HostMemory:
    """Memory of the host now."""
    import psutil

    memory = psutil.virtual_memory()
    return HostMemory((memory.total - memory.available) / _MIB, memory.total / _MIB)
