"""Memory of the first NVIDIA GPU, or why there is none to show: never a made-up zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_MIB = 1024 * 1024

# Words for the driver's refusals; anything else is quoted as NVML says it.
_REASONS = {
    "NVMLError_LibraryNotFound": "no NVIDIA driver",
    "NVMLError_DriverNotLoaded": "the NVIDIA driver is not running",
    "NVMLError_NotSupported": "this GPU does not report its memory",
    "NVMLError_NoPermission": "no permission to ask the driver",
    "NVMLError_GpuIsLost": "the GPU has fallen off the bus",
}
# These do not change while the program runs, so the driver is not asked again twice a second.
_LASTING = frozenset({"NVMLError_LibraryNotFound", "NVMLError_DriverNotLoaded"})


@dataclass(frozen=True, slots=True)
class Vram:
    """Mebibytes used and in total; both are None when ``reason`` says why there is no figure."""

    used_mb: float | None = None
    total_mb: float | None = None
    name: str = ""
    reason: str = ""


class GpuMeter:
    """Reads the first GPU through NVML, which is loaded at the first reading."""

    def __init__(self) -> None:
        self._nvml: Any = None
        self._absent: Vram | None = None

    def read(self) -> Vram:
        """Memory now. Does not raise; it may take some milliseconds, the first time more."""
        if self._absent is not None:
            return self._absent
        try:
            import pynvml
        except ImportError:
            self._absent = Vram(reason="the package nvidia-ml-py is not installed")
            return self._absent
        try:
            return self._ask(pynvml)
        except pynvml.NVMLError as error:
            return self._refused(error)

    def _ask(self, nvml: Any) -> Vram:
        if self._nvml is None:
            nvml.nvmlInit()
            self._nvml = nvml
        if nvml.nvmlDeviceGetCount() == 0:
            return Vram(reason="no NVIDIA GPU")
        device = nvml.nvmlDeviceGetHandleByIndex(0)
        memory = nvml.nvmlDeviceGetMemoryInfo(device)
        name = nvml.nvmlDeviceGetName(device)
        return Vram(
            used_mb=memory.used / _MIB,
            total_mb=memory.total / _MIB,
            name=name.decode() if isinstance(name, bytes) else str(name),
        )

    def _refused(self, error: Exception) -> Vram:
        kind = type(error).__name__
        vram = Vram(reason=_REASONS.get(kind, str(error)))
        if kind in _LASTING:
            self._absent = vram
        return vram

    def close(self) -> None:
        """Let go of the driver."""
        if self._nvml is not None:
            self._nvml.nvmlShutdown()
            self._nvml = None
