"""The machine and the versions a figure belongs to."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import os
import platform
from collections.abc import Sequence
from pathlib import Path

import psutil

from vortex_tui import __version__
from vortex_tui.bench.report import Host
from vortex_tui.doctor.gpu import gpus

_PACKAGES = ("torch", "transformers", "peft", "bitsandbytes", "llama-cpp-python", "safetensors", "tokenizers")


def host() -> Host:
    """The machine: system, processor, memory, GPUs."""
    memory_mb = psutil.virtual_memory().total // (1024 * 1024)
    cpu, cores, names = _cpu(), os.cpu_count() or 1, tuple(gpu.name for gpu in gpus())
    return Host(
        fingerprint=fingerprint(cpu, cores, memory_mb, names),
        system=f"{platform.system()} {platform.release()}",
        machine=platform.machine(),
        cpu=cpu,
        cores=cores,
        memory_mb=memory_mb,
        gpus=names,
    )


def fingerprint(cpu: str, cores: int, memory_mb: int, gpu_names: Sequence[str]) -> str:
    """16 hex digits for machines that are as fast as each other: no name, no user, no serial number.

    A kernel's update or a few mebibytes less after a start leave it as it is: memory counts by its power
    of two.
    """
    memory_class = round(math.log2(max(1, memory_mb)))
    parts = [platform.system(), platform.machine(), cpu, cores, memory_class, sorted(gpu_names)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


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
