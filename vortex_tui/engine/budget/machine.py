"""The memory there is, as the driver and the system tell it; no library that runs a model is asked."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Machine:
    """Bytes of the largest GPU (None without one), what others have of it, and the host's available memory.

    ``host`` includes what the asking process has already when ``own`` says how much that is.
    """

    gpu: int | None
    host: int
    torch_cuda: bool = False
    llama_gpu: bool = False
    gpu_others: int = 0
    own: int = 0

    def gpu_for(self, backend: str) -> int | None:
        """The GPU's memory as far as that backend can use it."""
        return self.gpu if (self.torch_cuda if backend == "hf" else self.llama_gpu) else None


def read(*, torch_cuda: bool, llama_gpu: bool, own: bool = False) -> Machine:
    """This machine, now. ``own``: the asking process is the one that will hold the model."""
    gpu, others = _largest_gpu()
    used = psutil.Process().memory_info().rss if own else 0
    available = psutil.virtual_memory().available + used
    return Machine(gpu, available, torch_cuda, llama_gpu, others, used)


def _largest_gpu() -> tuple[int | None, int]:
    """Bytes in all, and in use before a model is loaded."""
    from vortex_tui.telemetry import parts
    from vortex_tui.telemetry.nvml import GpuMeter

    meter = GpuMeter((parts.memory,), live=False)
    try:
        found = meter.read().found
    finally:
        meter.close()
    sizes = [(gpu.total_mb, gpu.used_mb or 0.0) for gpu in found if gpu.total_mb]
    if not sizes:
        return None, 0
    total, used = max(sizes)
    return int(total * MIB), int(used * MIB)
