"""GPUs that are divided into instances (MIG): each tells its own memory. Nothing is ever set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vortex_tui.telemetry import refusals
from vortex_tui.telemetry.asking import Asking, Figures, text
from vortex_tui.telemetry.gpu import Instance
from vortex_tui.telemetry.parts import MIB

# What the whole GPU does not support in this mode, it may well support in another.
REASONS: Mapping[str, str] = {refusals.NOT_SUPPORTED: "not told for the whole GPU in MIG mode"}
_FIGURE = "mig"


def enabled(device: Asking) -> bool:
    """Whether the GPU is divided now; one that cannot say so is not."""
    modes = device.ask(_FIGURE, "nvmlDeviceGetMigMode")
    if modes is None:
        return False
    if not modes[0]:
        device.refuse("MIG is off", _FIGURE)
    return bool(modes[0])


def instances(device: Asking) -> Figures:
    """The instances there are."""
    count = device.ask(_FIGURE, "nvmlDeviceGetMaxMigDeviceCount")
    if count is None:
        return {}
    return {_FIGURE: tuple(_instance(device, handle) for handle in _handles(device, count))}


def _handles(device: Asking, count: int) -> Iterator[Any]:
    for place in range(count):
        # Places without an instance are "not found".
        handle = device.ask(_FIGURE, "nvmlDeviceGetMigDeviceHandleByIndex", place)
        if handle is not None:
            yield handle


def _instance(device: Asking, handle: Any) -> Instance:
    inner = Asking(device.nvml, handle)
    name = text(inner.ask("name", "nvmlDeviceGetName")) or "MIG instance"
    found = inner.ask("memory", "nvmlDeviceGetMemoryInfo")
    if found is None:
        return Instance(name, reason=inner.reasons["memory"])
    return Instance(name, found.used / MIB, found.total / MIB)
