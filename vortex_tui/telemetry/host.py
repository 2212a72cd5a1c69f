"""What one reading of the host says: processor, memory, disk. A figure that is not told is None."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vortex_tui.paths import nearest_folder

_MIB = 1024 * 1024
_Figures = dict[str, Any]
_FIRST = "known from the second reading on"
_NO_WORKER = "the engine does not run"


@dataclass(frozen=True, slots=True)
class Host:
    """Memory and disk in MiB. ``used_mb`` is what cannot be had without swapping.

    ``cpu_percent`` is of all cores (0..100), ``worker_cpu_percent`` of one core (100 is one busy core).
    ``load`` is the average of the last minute. ``why`` has the reason for each None.
    """

    cpu_percent: float | None = None
    worker_cpu_percent: float | None = None
    load: float | None = None
    used_mb: float | None = None
    available_mb: float | None = None
    total_mb: float | None = None
    face_rss_mb: float | None = None
    worker_rss_mb: float | None = None
    disk_free_mb: float | None = None
    disk_total_mb: float | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    def why(self, figure: str) -> str:
        """The reason for a figure that is None; nothing for one that is known."""
        return "" if getattr(self, figure) is not None else self.reasons.get(figure, "not asked for")


class HostMeter:
    """Reads the host and our two processes; ``folder`` is on the disk to look at. One thread at a time."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._cpu: tuple[float, float] | None = None
        self._worker: Any = None
        self._reasons: dict[str, str] = {}

    def read(self, worker: int | None = None) -> Host:
        """The host now; ``worker`` is the engine's process. Does not raise."""
        self._reasons = {}
        figures = {
            **self._told(self._processor, "cpu_percent"),
            **self._told(self._load, "load"),
            **self._told(self._memory, "used_mb", "available_mb", "total_mb"),
            **self._told(self._disk, "disk_free_mb", "disk_total_mb"),
            **self._process("face_rss_mb", os.getpid()),
            **self._of_worker(worker),
        }
        return Host(**figures, reasons=self._reasons)

    def _told(self, read: Callable[[], _Figures], *names: str) -> _Figures:
        """What ``read`` gives; where the system refuses, its words are the reason."""
        try:
            return read()
        except OSError as error:
            self._reasons |= dict.fromkeys(names, error.strerror or "not told")
            return {}

    # --- the machine --------------------------------------------------------

    def _processor(self) -> _Figures:
        """The share of the time since the last reading that was not idle."""
        import psutil

        times = psutil.cpu_times()
        # On Linux a guest's time is in the user's already.
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        idle = times.idle + getattr(times, "iowait", 0.0)
        before, self._cpu = self._cpu, (total, idle)
        if before is None or total <= before[0]:
            self._reasons["cpu_percent"] = _FIRST
            return {}
        busy = 1 - (idle - before[1]) / (total - before[0])
        return {"cpu_percent": 100 * min(max(busy, 0.0), 1.0)}

    def _load(self) -> _Figures:
        if sys.platform == "win32":
            self._reasons["load"] = "Windows keeps no load average"
            return {}
        return {"load": os.getloadavg()[0]}

    def _memory(self) -> _Figures:
        import psutil

        memory = psutil.virtual_memory()
        return {
            "used_mb": (memory.total - memory.available) / _MIB,
            "available_mb": memory.available / _MIB,
            "total_mb": memory.total / _MIB,
        }

    def _disk(self) -> _Figures:
        if self._folder is None:
            return {}
        disk = shutil.disk_usage(nearest_folder(self._folder))
        return {"disk_free_mb": disk.free / _MIB, "disk_total_mb": disk.total / _MIB}

    # --- our processes ------------------------------------------------------

    def _process(self, figure: str, pid: int) -> _Figures:
        import psutil

        try:
            return {figure: psutil.Process(pid).memory_info().rss / _MIB}
        except psutil.Error:
            self._reasons[figure] = _NO_WORKER
            return {}

    def _of_worker(self, pid: int | None) -> _Figures:
        if pid is None:
            self._worker = None
            self._reasons |= dict.fromkeys(("worker_cpu_percent", "worker_rss_mb"), _NO_WORKER)
            return {}
        return {**self._process("worker_rss_mb", pid), **self._worker_processor(pid)}

    def _worker_processor(self, pid: int) -> _Figures:
        import psutil

        try:
            known = self._worker is not None and self._worker.pid == pid and self._worker.is_running()
            if not known:
                self._worker = psutil.Process(pid)
            percent = self._worker.cpu_percent()
        except psutil.Error:
            self._worker = None
            self._reasons["worker_cpu_percent"] = _NO_WORKER
            return {}
        if not known:  # psutil's first answer is a zero that means nothing
            self._reasons["worker_cpu_percent"] = _FIRST
            return {}
        return {"worker_cpu_percent": percent}
