"""Memory of the GPU and of the host."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from vortex_tui.telemetry import host
from vortex_tui.telemetry.gpu import GpuMeter


class NVMLError(Exception):
    pass


class NVMLError_NotSupported(NVMLError):  # noqa: N801, N818 - the library's own name
    pass


class NVMLError_LibraryNotFound(NVMLError):  # noqa: N801, N818 - the library's own name
    pass


@pytest.fixture
def nvml(monkeypatch):
    """A stand-in for NVML: 4 of 16 GiB used, unless a test changes it."""
    module = ModuleType("pynvml")
    module.NVMLError = NVMLError
    module.inits = 0

    def init():
        module.inits += 1

    module.nvmlInit = init
    module.nvmlShutdown = lambda: None
    module.nvmlDeviceGetCount = lambda: 1
    module.nvmlDeviceGetHandleByIndex = lambda index: index
    module.nvmlDeviceGetMemoryInfo = lambda _: SimpleNamespace(used=4 * 2**30, total=16 * 2**30)
    module.nvmlDeviceGetName = lambda _: "NVIDIA GeForce RTX 4080"
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return module


def _raises(error):
    def refuse(*_):
        raise error

    return refuse


def test_used_and_total_of_the_first_gpu(nvml):
    meter = GpuMeter()
    vram = meter.read()
    assert (vram.used_mb, vram.total_mb, vram.reason) == (4096, 16384, "")
    meter.read()
    assert nvml.inits == 1


def test_no_driver_is_a_reason_and_is_asked_once(nvml):
    nvml.nvmlInit = _raises(NVMLError_LibraryNotFound())
    meter = GpuMeter()
    assert meter.read().reason == "no NVIDIA driver"
    nvml.nvmlInit = _raises(AssertionError("asked again"))
    vram = meter.read()
    assert vram.used_mb is None
    assert vram.total_mb is None


def test_not_supported_is_not_zero(nvml):
    nvml.nvmlDeviceGetMemoryInfo = _raises(NVMLError_NotSupported())
    vram = GpuMeter().read()
    assert vram.used_mb is None
    assert vram.reason == "this GPU does not report its memory"


def test_a_driver_without_a_gpu(nvml):
    nvml.nvmlDeviceGetCount = lambda: 0
    assert GpuMeter().read().reason == "no NVIDIA GPU"


def test_a_reading_can_come_back(nvml):
    real = nvml.nvmlDeviceGetMemoryInfo
    nvml.nvmlDeviceGetMemoryInfo = _raises(NVMLError_NotSupported())
    meter = GpuMeter()
    assert meter.read().used_mb is None
    nvml.nvmlDeviceGetMemoryInfo = real
    assert meter.read().used_mb == 4096


def test_this_machine_says_memory_or_why_not():
    vram = GpuMeter().read()
    assert (vram.used_mb is None) == bool(vram.reason)


def test_the_host_uses_some_of_its_memory():
    memory = host.read()
    assert 0 < memory.used_mb < memory.total_mb
