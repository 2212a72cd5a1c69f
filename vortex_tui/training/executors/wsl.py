"""Jobs in the Windows Subsystem for Linux, where a GPU's libraries are at home."""

from __future__ import annotations

import asyncio
import ntpath
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from vortex_tui.engine import model_folder
from vortex_tui.errors import UsageError
from vortex_tui.escape import one_line
from vortex_tui.settings import Server
from vortex_tui.training import process
from vortex_tui.training.executors.base import Emit
from vortex_tui.training.refusal import TrainingError
from vortex_tui.training.spec import JobSpec

_SECONDS = 60.0


def find() -> str:
    """The program wsl.exe. Raises UsageError where there is none."""
    if (found := shutil.which("wsl.exe") or shutil.which("wsl")) is None:
        raise UsageError(
            "there is no WSL on this machine",
            found="no wsl.exe on the path",
            expected="Windows with WSL installed",
            mend="wsl --install in a Windows terminal, or --executor local",
        )
    return found


def command(server: Server, arguments: Sequence[str]) -> list[str]:
    """``arguments`` as a command line inside the profile's distribution and folder. Raises UsageError."""
    where = ["-d", server.wsl_distribution] if server.wsl_distribution else []
    there = ["--cd", server.wsl_workdir] if server.wsl_workdir else []
    return [find(), *where, *there, "--exec", *arguments]


async def translated(server: Server, path: str) -> str:
    """A path of Windows as WSL knows it; WSL's own program says it. Raises TrainingError."""
    asked = command(server, ["wslpath", "-a", "-u", path])
    child = await asyncio.create_subprocess_exec(
        *asked, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        said, complaint = await asyncio.wait_for(child.communicate(), _SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
        said, complaint = b"", b"no answer"
    text = said.decode("utf-8", "replace").strip()
    if child.returncode or not text:
        raise TrainingError(
            f"WSL does not know the path {one_line(path)}",
            found=one_line(complaint.decode("utf-8", "replace").strip())[:200],
            expected="a folder on a drive that WSL mounts",
            mend="check server.wsl_distribution of the profile, or move the data folder to a local drive",
        )
    return text


class Wsl:
    """The same job, started through wsl.exe; paths are told as WSL knows them."""

    name = "wsl"

    def __init__(self, data_dir: Path, server: Server) -> None:
        self._data_dir, self._server = data_dir, server

    async def __aenter__(self) -> Self:
        find()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing: every job is ended by its own run."""

    async def run(self, spec: JobSpec, emit: Emit) -> None:
        """Run one job to its end. Raises the VortexError it failed with."""
        line = command(self._server, [self._server.wsl_python, *process.MODULE])
        there = await self._there(spec)
        await process.run(line, there, process.log_file(self._data_dir, spec.domain), emit)

    async def _there(self, spec: JobSpec) -> JobSpec:
        """The spec with this machine's folders as WSL knows them; a model's bare name stays one."""
        changed: dict[str, Any] = {
            "corpus": await translated(self._server, spec.corpus),
            "quarantine": await translated(self._server, spec.quarantine),
        }
        core = spec.profile["core"]
        if spec.model != model_folder.NANO and _is_path(spec.model) and isinstance(core, dict):
            model = await translated(self._server, spec.model)
            changed["profile"] = {**spec.profile, "core": {**core, "hf_model": model}}
        return spec.model_copy(update=changed)


def _is_path(model: str) -> bool:
    return Path(model).is_dir() or ntpath.isabs(model)
