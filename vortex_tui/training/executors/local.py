"""Jobs as child processes on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from vortex_tui.training import process
from vortex_tui.training.executors.base import Emit
from vortex_tui.training.spec import JobSpec


class Local:
    """Child processes of this one; they end with it."""

    name = "local"

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing: every job is ended by its own run."""

    async def run(self, spec: JobSpec, emit: Emit) -> None:
        """Run one job to its end. Raises the VortexError it failed with."""
        await process.run(process.command(), spec, process.log_file(self._data_dir, spec.domain), emit)
