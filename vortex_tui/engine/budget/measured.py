"""What a load really took, beside what it was estimated to take."""

from __future__ import annotations

import psutil

from vortex_tui.engine.backends.base import Backend
from vortex_tui.engine.budget.admission import Admission
from vortex_tui.engine.protocol import MemoryItem, MemoryReport

MIB = 1024 * 1024


def report(admission: Admission, backend: Backend) -> MemoryReport:
    """Estimate and measurement of what is there now, right after the load, in MiB."""
    found = admission.estimate
    expected, measured = _both(admission, backend)
    return MemoryReport(
        home=found.home,
        items=tuple(
            MemoryItem(kind=i.kind, place=i.place, mb=i.bytes / MIB, loaded=i.loaded) for i in found.items
        ),
        limit_mb={place: admission.demand.limit(place) / MIB for place in admission.places},
        needed_mb={place: found.needed(place) / MIB for place in admission.places},
        others_mb=admission.demand.machine.gpu_others / MIB,
        expected_mb=expected / MIB,
        measured_mb=None if measured is None else measured / MIB,
    )


def _both(admission: Admission, backend: Backend) -> tuple[int, int | None]:
    """Bytes at the model's home: estimated to be there by now, and found there; None where nobody tells."""
    found, place = admission.estimate, admission.estimate.home
    if place == "host":
        return found.loaded(place), psutil.Process().memory_info().rss
    allocated, _ = backend.vram_mb()
    if allocated is not None:  # torch tells what it allocated, without CUDA's own
        return found.loaded(place, without="runtime"), round(allocated * MIB)
    return found.loaded(place), _told_by_driver()


def _told_by_driver() -> int | None:
    """What the driver says this process has; None where it does not tell memory of processes."""
    from vortex_tui.telemetry.nvml import GpuMeter

    own, meter = psutil.Process().pid, GpuMeter(())
    try:
        processes = [one for gpu in meter.read((own,)).found for one in gpu.processes or ()]
    finally:
        meter.close()
    told = [one.memory_mb for one in processes if one.pid == own and one.memory_mb is not None]
    return round(sum(told) * MIB) if told else None
