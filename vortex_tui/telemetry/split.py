"""Whose memory it is: ours by what it is for, and what others have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vortex_tui.telemetry.gpu import Gpu


@dataclass(frozen=True, slots=True)
class Worker:
    """What the engine's process says of its own memory, on ``device``; MiB, None where it cannot tell."""

    pid: int
    device: str
    weights_mb: float | None = None
    experts_mb: float | None = None
    kv_mb: float | None = None

    @property
    def on_gpu(self) -> bool:
        """Whether the figures are of a GPU's memory."""
        return self.device not in ("", "cpu")

    @property
    def told_mb(self) -> float:
        """The sum of what it can tell."""
        return sum(part or 0.0 for part in (self.weights_mb, self.experts_mb, self.kv_mb))


@dataclass(frozen=True, slots=True)
class Split:
    """Memory in use, in MiB; None is unknown. What nobody can attribute is ``rest_mb``.

    ``other_mb``: ours beside weights, experts and K/V; ``others_mb``: other processes.
    """

    weights_mb: float | None = None
    experts_mb: float | None = None
    kv_mb: float | None = None
    other_mb: float | None = None
    others_mb: float | None = None
    rest_mb: float | None = None

    @property
    def ours_mb(self) -> float | None:
        """All of ours; None where only a part of it is known."""
        if self.other_mb is None:
            return None
        return self.other_mb + sum(p or 0.0 for p in (self.weights_mb, self.experts_mb, self.kv_mb))


def of_process(rss_mb: float, worker: Worker) -> Split:
    """The engine's memory on the host, when it computes there."""
    if worker.on_gpu:
        return Split(other_mb=rss_mb)
    return _with_ours(worker, rss_mb, None)


def of_gpu(gpu: Gpu, worker: Worker | None, gpus: int) -> Split:
    """The used memory of one of ``gpus`` GPUs."""
    if gpu.used_mb is None:
        return Split()
    if worker is None or not worker.on_gpu:
        return Split(other_mb=0.0, others_mb=gpu.used_mb)
    ours = next((p for p in gpu.processes or () if p.pid == worker.pid), None)
    if ours is not None and ours.memory_mb is not None:
        return _with_ours(worker, ours.memory_mb, gpu.used_mb)
    # In a container the driver tells the host's numbers of processes, and on Windows no memory: the
    # only GPU is then the one the engine is on, and what is not told cannot be divided.
    if ours is None and gpus > 1:
        return Split(rest_mb=gpu.used_mb)
    rest = max(gpu.used_mb - worker.told_mb, 0.0)
    return Split(worker.weights_mb, worker.experts_mb, worker.kv_mb, rest_mb=rest)


def _with_ours(worker: Worker, ours: float, used: float | None) -> Split:
    """Two readings a moment apart may disagree by a little: no part falls below nothing."""
    return Split(
        worker.weights_mb,
        worker.experts_mb,
        worker.kv_mb,
        other_mb=max(ours - worker.told_mb, 0.0),
        others_mb=None if used is None else max(used - ours, 0.0),
    )


def of_worker(gpus: Sequence[Gpu], pid: int) -> int:
    """Place of the GPU that a process is on; the first where that is not told."""
    return next(
        (i for i, gpu in enumerate(gpus) if any(p.pid == pid for p in gpu.processes or ())),
        0,
    )
