"""The memory a model would have, as the driver and the system tell it."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from vortex_tui.doctor.builds import llama_gpu, torch_cuda
from vortex_tui.doctor.gpu import gpus


@dataclass(frozen=True, slots=True)
class Machine:
    """Bytes of the largest GPU (None without one) and available on the host; who can use the GPU."""

    gpu: int | None
    host: int
    torch_cuda: bool = False
    llama_gpu: bool = False

    def gpu_for(self, backend: str) -> int | None:
        """The GPU's memory as far as that backend can use it."""
        return self.gpu if (self.torch_cuda if backend == "hf" else self.llama_gpu) else None


def read() -> Machine:
    """This machine, now."""
    sizes = [one.total_mb * 1024 * 1024 for one in gpus() if one.total_mb]
    available = psutil.virtual_memory().available
    return Machine(max(sizes, default=None), available, torch_cuda() is not None, llama_gpu())
