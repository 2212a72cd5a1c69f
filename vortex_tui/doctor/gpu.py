"""NVIDIA GPUs as the driver's own library reports them; torch is not asked."""

from __future__ import annotations

from dataclasses import dataclass

from vortex_tui.telemetry import gpu as telemetry
from vortex_tui.telemetry import parts
from vortex_tui.telemetry.nvml import GpuMeter


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: its name, memory in mebibytes (None when the driver will not say), the driver's version."""

    name: str
    total_mb: int | None
    free_mb: int | None
    driver: str


def gpus() -> list[Gpu]:
    """Every GPU the driver shows; none when there is no driver, or none that answers."""
    meter = GpuMeter((parts.memory,), live=False)
    try:
        read = meter.read()
    finally:
        meter.close()
    return [_known(each, read.driver) for each in read.found]


def _known(each: telemetry.Gpu, driver: str) -> Gpu:
    return Gpu(each.name, _whole(each.total_mb), _whole(each.free_mb), driver or "n/a")


def _whole(mb: float | None) -> int | None:
    return None if mb is None else int(mb)
