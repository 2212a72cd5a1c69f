"""The memory a model would have, as the driver and the system tell it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import psutil

from vortex_tui.doctor.gpu import gpus
from vortex_tui.doctor.software import torch_cuda

_GPU_LIBRARIES = ("cuda", "hip", "vulkan", "sycl")


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


def _llama_gpu() -> bool:
    """Whether llama.cpp was compiled for a GPU, told by the names of its libraries."""
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        return False
    names = [file.name for file in (Path(spec.origin).parent / "lib").glob("*ggml-*")]
    return any(kind in name for name in names for kind in _GPU_LIBRARIES)


def read() -> Machine:
    """This machine, now."""
    sizes = [one.total_mb * 1024 * 1024 for one in gpus() if one.total_mb]
    available = psutil.virtual_memory().available
    return Machine(max(sizes, default=None), available, torch_cuda() is not None, _llama_gpu())
