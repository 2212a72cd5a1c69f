"""Processes on a GPU, with the memory each has there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from vortex_tui.telemetry.asking import Asking, Figures, text
from vortex_tui.telemetry.gpu import GpuProcess
from vortex_tui.telemetry.parts import MIB

_FIGURE = "processes"
# _v3 by name: the unversioned function raises an error of another family on older drivers.
_CALLS = ("nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v3")


class Processes:
    """Reads the processes of a device; remembers the names of those that stay."""

    def __init__(self) -> None:
        self.ours: Collection[int] = ()
        self._names: dict[int, str] = {}
        self._seen: set[int] = set()

    def __call__(self, device: Asking) -> Figures:
        """The processes, the largest first."""
        compute, graphics = (device.ask(_FIGURE, call) for call in _CALLS)
        if compute is None:
            return {}
        device.reasons.pop(_FIGURE, None)
        # One that computes and draws is in both lists with the same memory.
        sizes = {**_sizes(graphics or ()), **_sizes(compute)}
        found = [self._process(device, pid, size) for pid, size in sizes.items()]
        return {_FIGURE: tuple(sorted(found, key=lambda one: -(one.memory_mb or 0.0)))}

    def _process(self, device: Asking, pid: int, size: float | None) -> GpuProcess:
        self._seen.add(pid)
        if pid not in self._names:
            asked = Asking(device.nvml, pid).ask("name", "nvmlSystemGetProcessName")
            self._names[pid] = _program(text(asked))
        return GpuProcess(pid, self._names[pid], size, pid in self.ours)

    def forget_gone(self) -> None:
        """After all devices of a reading: a number may come again with another program."""
        self._names = {pid: name for pid, name in self._names.items() if pid in self._seen}
        self._seen = set()


def _program(path: str) -> str:
    """The file of a command line's program, without its folders."""
    return path.replace("\\", "/").rpartition("/")[2]


def _sizes(listed: Collection[Any]) -> dict[int, float | None]:
    """Memory in mebibytes by process; in MIG mode one may be in several instances."""
    return {pid: _sum(each.usedGpuMemory for each in listed if each.pid == pid) for pid in _pids(listed)}


def _pids(listed: Collection[Any]) -> list[int]:
    return list(dict.fromkeys(int(each.pid) for each in listed))


def _sum(sizes: Iterator[int | None]) -> float | None:
    total = 0.0
    for size in sizes:
        if size is None:
            return None
        total += size / MIB
    return total
