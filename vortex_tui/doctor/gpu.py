"""NVIDIA GPUs as the driver's own library reports them; torch is not asked."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: its name, memory in mebibytes (None when the driver will not say), the driver's version."""

    name: str
    total_mb: int | None
    free_mb: int | None
    driver: str


def gpus() -> list[Gpu]:
    """Every GPU the driver shows; none when there is no driver, or none that answers."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        driver = pynvml.nvmlSystemGetDriverVersion()
        return [
            _read(pynvml.nvmlDeviceGetHandleByIndex(i), driver) for i in range(pynvml.nvmlDeviceGetCount())
        ]
    except pynvml.NVMLError:
        return []
    finally:
        pynvml.nvmlShutdown()


def _read(handle: object, driver: str) -> Gpu:
    import pynvml

    name = pynvml.nvmlDeviceGetName(handle)
    try:
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    except pynvml.NVMLError:  # A part of a shared GPU may not see the whole of it.
        return Gpu(name, None, None, driver)
    return Gpu(name, memory.total // _MIB, memory.free // _MIB, driver)
