"""This machine's sampler: its GPUs, its processor, memory and disk."""

from __future__ import annotations

from pathlib import Path

from vortex_tui.telemetry.host import HostMeter
from vortex_tui.telemetry.nvml import GpuMeter
from vortex_tui.telemetry.sampler import KEEP, SECONDS, Sampler


def sampler(folder: Path | None = None, seconds: float = SECONDS, keep: int = KEEP) -> Sampler:
    """A sampler that has not started; ``folder`` is on the disk to look at."""
    gpus = GpuMeter()
    return Sampler(gpus.read, HostMeter(folder).read, gpus.close, seconds=seconds, keep=keep)
