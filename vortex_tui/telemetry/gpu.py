"""What one reading of the GPUs says. A figure that is not told is None, with the reason: never a zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_ASKED = "not asked for"


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process on a GPU: its memory there in mebibytes, None where the system does not tell it."""

    pid: int
    name: str
    memory_mb: float | None
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """A part of a GPU in MIG mode; memory in mebibytes, None with a ``reason``."""

    name: str
    used_mb: float | None = None
    total_mb: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU. MiB, %, °C, watts, MHz; PCIe traffic in MB/s. ``why`` has the reason for each None.

    ``throttle`` says what slows the clocks, the most important first; empty when nothing does.
    """

    index: int
    name: str = ""
    used_mb: float | None = None
    free_mb: float | None = None
    total_mb: float | None = None
    utilization: float | None = None
    temperature: float | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    sm_mhz: float | None = None
    sm_max_mhz: float | None = None
    memory_mhz: float | None = None
    memory_max_mhz: float | None = None
    throttle: tuple[str, ...] | None = None
    pcie_generation: float | None = None
    pcie_generation_max: float | None = None
    pcie_width: float | None = None
    pcie_width_max: float | None = None
    pcie_sent_mb_s: float | None = None
    pcie_received_mb_s: float | None = None
    processes: tuple[GpuProcess, ...] | None = None
    mig: tuple[Instance, ...] | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    def why(self, figure: str) -> str:
        """The reason for a figure that is None; nothing for one that is known."""
        return "" if getattr(self, figure) is not None else self.reasons.get(figure, NOT_ASKED)


@dataclass(frozen=True, slots=True)
class Gpus:
    """Every GPU the driver shows; ``reason`` when there is none to show."""

    found: tuple[Gpu, ...] = ()
    reason: str = ""
    driver: str = ""
