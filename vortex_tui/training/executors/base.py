"""What an executor is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from vortex_tui.training.events import AnyEvent
from vortex_tui.training.spec import JobSpec

Emit = Callable[[AnyEvent], None]


class Executor(Protocol):
    """Runs jobs, several at once where it is asked to."""

    name: str

    async def __aenter__(self) -> Executor: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def run(self, spec: JobSpec, emit: Emit) -> None:
        """Run one job to its end. Raises the VortexError it failed with; cancelled, it ends the job."""
