"""Versions of installed packages by their metadata alone: nothing heavy is imported.

``python -m vortex_tui.doctor.libraries`` prints those that training needs as JSON: it is run inside WSL.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable, Mapping

from packaging.requirements import Requirement

from vortex_tui.settings import Core

_QUANTISES = "bitsandbytes"
TRAINING = ("torch", "transformers", "peft", "accelerate", "safetensors", _QUANTISES)


def version(name: str) -> str | None:
    """The version of an installed package; None where there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def versions(names: Iterable[str]) -> dict[str, str | None]:
    """The version of each package."""
    return {name: version(name) for name in names}


def requirements() -> dict[str, Requirement]:
    """What this program asks for without extras; nothing where it is not installed as a package."""
    try:
        lines = importlib.metadata.requires("vortex-tui") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    parsed = map(Requirement, lines)
    return {one.name: one for one in parsed if one.marker is None}


def problems(found: Mapping[str, str | None]) -> list[str]:
    """What is missing, or of a version that this program is not made for."""
    wanted = requirements()
    told = (_problem(name, version, wanted.get(name)) for name, version in found.items())
    return [problem for problem in told if problem]


def _problem(name: str, version: str | None, wanted: Requirement | None) -> str:
    if version is None:
        return f"no {name}"
    if wanted is not None and not wanted.specifier.contains(version, prereleases=True):
        return f"{name} {version}, not {wanted.specifier}"
    return ""


def for_training(core: Core) -> tuple[str, ...]:
    """The packages that training on this base needs."""
    plain = core.hf_quantization == "none"
    return tuple(name for name in TRAINING if not (plain and name == _QUANTISES))


def told(found: Mapping[str, str | None]) -> str:
    """Names with versions."""
    return ", ".join(f"{name} {version}" for name, version in found.items())


if __name__ == "__main__":
    print(json.dumps(versions(TRAINING)))
