"""The GPU, held against the profile's budget."""

from __future__ import annotations

from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.gpu import Gpu, gpus
from vortex_tui.engine import model_folder
from vortex_tui.telemetry import absent


def gpu(context: Context) -> Finding:
    """A GPU with the memory the profile plans with; without one everything runs on the CPU."""
    budget = context.profile.budget.max_vram_mb
    found = gpus()
    if not found:
        if context.profile.core.hf_model == model_folder.NANO:
            return Finding("skip", "no NVIDIA GPU; nano runs on the CPU")
        other = absent.reason("")
        told = f"no NVIDIA GPU; {other}" if other else "no NVIDIA GPU"
        return Finding("warn", told, f"one with {budget} MiB", "without one the CPU answers, slowly")
    return _fits(max(found, key=lambda one: one.total_mb or 0), budget)


def _fits(best: Gpu, budget: int) -> Finding:
    if best.total_mb is None or best.free_mb is None:
        told = f"{best.name} does not report its memory"
        return Finding("warn", told, f"{budget} MiB", "see that the budget fits it")
    told = f"{best.name}, {best.free_mb} of {best.total_mb} MiB free, driver {best.driver}"
    if best.total_mb < budget:
        return Finding("warn", told, f"{budget} MiB", f"set budget.max_vram_mb to {best.total_mb} or less")
    if best.free_mb < budget:
        return Finding("warn", told, f"{budget} MiB free", "close what else uses the GPU")
    return Finding("pass", told)
