"""The GPU and the disk, held against the profile's budget."""

from __future__ import annotations

import shutil

from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.gpu import Gpu, gpus
from vortex_tui.engine import model_folder
from vortex_tui.telemetry import absent
from vortex_tui.telemetry.host import nearest_folder

_MIB = 1024 * 1024
_TIGHT_DISK_MB = 1024
_FULL_DISK_MB = 64


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


def disk(context: Context) -> Finding:
    """Room for experts, logs and results where the data folder is or will be."""
    folder = nearest_folder(context.data_dir)
    free = shutil.disk_usage(folder).free // _MIB
    told = f"{free} MiB free at {folder}"
    if free < _FULL_DISK_MB:
        return Finding("fail", told, f"{_FULL_DISK_MB} MiB", "free some space or choose another --data-dir")
    if free < _TIGHT_DISK_MB:
        return Finding("warn", told, f"{_TIGHT_DISK_MB} MiB", "free some space")
    return Finding("pass", told)
