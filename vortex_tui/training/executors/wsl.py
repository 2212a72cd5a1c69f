"""Jobs in the Windows Subsystem for Linux, where a GPU's libraries are at home."""

from __future__ import annotations

import asyncio
import ntpath
from pathlib import Path
from typing import Any, Self

from vortex_tui import wsl
from vortex_tui.doctor import reach
from vortex_tui.engine import model_folder
from vortex_tui.profile import Profile
from vortex_tui.settings import Server
from vortex_tui.training import process
from vortex_tui.training.executors.base import Emit
from vortex_tui.training.spec import JobSpec


class Wsl:
    """The same job, started through wsl.exe; paths are told as WSL knows them."""

    name = "wsl"

    def __init__(self, data_dir: Path, profile: Profile) -> None:
        self._data_dir, self._profile = data_dir, profile

    async def __aenter__(self) -> Self:
        """Raises WslError where WSL or the profile's distribution is not there."""
        await asyncio.to_thread(reach.installed, self._profile)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing: every job is ended by its own run."""

    async def run(self, spec: JobSpec, emit: Emit) -> None:
        """Run one job to its end. Raises WslError for a path it cannot see, and what the job failed with."""
        there = translated(spec, self._profile.server)
        line = wsl.command(self._profile.server, *process.MODULE)
        log = process.log_file(self._data_dir, spec.domain)
        await process.run(line, there, log, emit, wsl.environment())


def translated(spec: JobSpec, server: Server) -> JobSpec:
    """The spec with folders as WSL sees them; a model's bare name stays one. Raises WslError."""
    changed: dict[str, Any] = {
        name: wsl.linux_path(str(getattr(spec, name)), server.wsl_distribution)
        for name in ("corpus", "quarantine")
    }
    core = spec.profile["core"]
    if spec.model != model_folder.NANO and _is_path(spec.model) and isinstance(core, dict):
        model = wsl.linux_path(str(Path(spec.model).absolute()), server.wsl_distribution)
        changed["profile"] = {**spec.profile, "core": {**core, "hf_model": model}}
    return spec.model_copy(update=changed)


def _is_path(model: str) -> bool:
    return Path(model).is_dir() or ntpath.isabs(model)
