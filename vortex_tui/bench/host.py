"""The machine and the versions a figure belongs to."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

import psutil

from vortex_tui import __version__
from vortex_tui.bench.report import Host
from vortex_tui.doctor.gpu import gpus

_PACKAGES = ("torch", "transformers", "peft", "bitsandbytes", "llama-cpp-python", "safetensors", "tokenizers")


def host() -> Host:
    """The machine: system, processor, memory, GPUs."""
    return Host(
        system=f"{platform.system()} {platform.release()}",
        machine=platform.machine(),
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_mb=psutil.virtual_memory().total // (1024 * 1024),
        gpus=tuple(gpu.name for gpu in gpus()),
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def versions() -> dict[str, str]:
    """Ours, Python's and the engine packages' versions; a package that is not installed is left out."""
    found = {"vortex-tui": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
