"""One GPU in words: what is not told is n/a with its reason, never a zero."""

from __future__ import annotations

from textual.content import Content

from vortex_tui.escape import one_line
from vortex_tui.telemetry.gpu import Gpu, GpuProcess, Instance
from vortex_tui.telemetry.split import Split
from vortex_tui.tui.widgets.lines import LABEL, head
from vortex_tui.tui.widgets.memory_bar import bands, legend, stacked
from vortex_tui.tui.words import memory, memory_or_na

_PROCESSES = 3
_IDLE = "idle"
_SHOWN = {
    "used_mb": "memory",
    "utilization": "load",
    "temperature": "temperature",
    "power_w": "power",
    "sm_mhz": "clock",
    "pcie_generation": "PCIe",
    "processes": "processes",
}


def used_words(gpu: Gpu) -> str:
    """Memory used and in all."""
    if gpu.used_mb is None or gpu.total_mb is None:
        return f"n/a: {gpu.why('used_mb')}"
    return f"{memory(gpu.used_mb)}/{memory(gpu.total_mb)}"


def short_words(gpu: Gpu) -> str:
    """Load, power and temperature for a narrow line."""
    load = "load n/a" if gpu.utilization is None else f"{gpu.utilization:.0f}%"
    power = "power n/a" if gpu.power_w is None else f"{gpu.power_w:.0f}W"
    heat = "temp n/a" if gpu.temperature is None else f"{gpu.temperature:.0f}°C"
    return f"{load} {power} {heat}"


def figures(gpu: Gpu, width: int) -> list[Content]:
    """Load, power, clock, link, what slows it, and why something is n/a; a line each."""
    heat = _with(gpu.temperature, "°C")
    lines = [
        head("load · heat", f"{_with(gpu.utilization, '%')} · {heat}", width),
        head("power", _of(gpu.power_w, gpu.power_limit_w, " W"), width),
        head("clock", _of(gpu.sm_mhz, gpu.sm_max_mhz, " MHz"), width),
        head("PCIe", _link(gpu), width),
    ]
    slowed = [word for word in gpu.throttle or () if word != _IDLE]
    lines += [Content.styled(f"! {one_line(word)}", "$text-warning") for word in slowed[:1]]
    return lines + _absences(gpu)


def division(gpu: Gpu, split: Split, budget: float | None, width: int) -> list[Content]:
    """The bar of what the memory is used for, and its legend; the instances of a divided GPU."""
    if gpu.used_mb is not None and gpu.total_mb is not None:
        parts = bands(split)
        return [stacked(parts, gpu.total_mb, budget, width), *legend(parts, budget, width)]
    return [_instance(part, width) for part in gpu.mig or ()]


def processes(gpu: Gpu, width: int) -> list[Content]:
    """The largest processes, ours marked."""
    return [_process(each, width) for each in (gpu.processes or ())[:_PROCESSES]]


def _process(each: GpuProcess, width: int) -> Content:
    name = f"{'▸' if each.ours else ' '} {one_line(each.name) or each.pid}"
    return head(name, memory_or_na(each.memory_mb), width)


def _absences(gpu: Gpu) -> list[Content]:
    """The names of what is n/a, together where the reason is one."""
    by_reason: dict[str, list[str]] = {}
    for figure, name in _SHOWN.items():
        if reason := gpu.why(figure):
            by_reason.setdefault(reason, []).append(name)
    return [
        Content.styled(f"n/a: {', '.join(names)}: {one_line(reason)}", LABEL)
        for reason, names in by_reason.items()
    ]


def _with(value: float | None, unit: str) -> str:
    return "n/a" if value is None else f"{value:.0f}{unit}"


def _of(value: float | None, most: float | None, unit: str) -> str:
    return _with(value, unit) if most is None or value is None else f"{value:.0f} of {most:.0f}{unit}"


def _memory(used: float, total: float | None) -> str:
    return memory(used) if total is None else f"{memory(used)}/{memory(total)}"


def _link(gpu: Gpu) -> str:
    if gpu.pcie_generation is None or gpu.pcie_width is None:
        return "n/a"
    now = f"gen {gpu.pcie_generation:.0f} ×{gpu.pcie_width:.0f}"
    if gpu.pcie_generation_max is None or gpu.pcie_width_max is None:
        return now
    return f"{now} of {gpu.pcie_generation_max:.0f} ×{gpu.pcie_width_max:.0f}"


def _instance(part: Instance, width: int) -> Content:
    told = "n/a" if part.used_mb is None else _memory(part.used_mb, part.total_mb)
    return head(one_line(part.name), told, width)
