"""Jobs on a Ray cluster: a domain is a task, wherever the cluster has a place for it.

The folders of corpus, base and quarantine must be there under the same paths on every machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Any, Self

from vortex_tui.errors import UsageError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.training import events, process
from vortex_tui.training.events import AnyEvent, Failed
from vortex_tui.training.executors.base import Emit
from vortex_tui.training.refusal import JobDiedError
from vortex_tui.training.spec import JobSpec

# A head of this machine, started by ``ray start --head``.
AUTO = "auto"
_SECONDS_BETWEEN_LOOKS = 0.3


def library() -> Any:
    """The package ray. Raises UsageError where it is not installed."""
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "Ray is not installed",
            found=one_line(str(error)),
            expected="the extra ray",
            mend='pip install "vortex-tui[ray]", or --executor local',
        ) from error
    return ray


class Mailbox:
    """An actor that keeps what a job says until it is fetched."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def put(self, line: str) -> None:
        """Keep an event."""
        self._lines.append(line)

    def take(self) -> list[str]:
        """Everything kept so far."""
        lines, self._lines = self._lines, []
        return lines


def work(spec: str, mailbox: Any) -> str:
    """The task: runs the job as a child process of Ray's worker. Returns its failure, or nothing."""
    told = JobSpec.model_validate_json(spec)

    def emit(event: AnyEvent) -> None:
        mailbox.put.remote(event.model_dump_json())

    log = process.log_file(Path(tempfile.gettempdir()) / "vortex-tui", told.domain)
    try:
        asyncio.run(process.run(process.command(), told, log, emit))
    except VortexError as error:
        return events.failure(told.domain, error).model_dump_json()
    return ""


class OnRay:
    """Tasks of a cluster that is there already."""

    name = "ray"

    def __init__(self, address: str = "") -> None:
        self._address = address or AUTO
        self._ray: Any = None

    async def __aenter__(self) -> Self:
        ray = library()
        try:
            await asyncio.to_thread(
                ray.init, address=self._address, log_to_driver=False, logging_level="ERROR"
            )
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UsageError(
                "no Ray cluster answers",
                found=one_line(str(error))[:300],
                expected=f"a cluster at {one_line(self._address)}",
                mend="ray start --head on this machine, or --ray-address HOST:PORT",
            ) from error
        self._ray = ray
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave the cluster; it goes on."""
        await asyncio.to_thread(self._ray.shutdown)

    async def run(self, spec: JobSpec, emit: Emit) -> None:
        """Run one job to its end. Raises the VortexError it failed with, or JobDiedError."""
        ray = self._ray
        mailbox = ray.remote(num_cpus=0)(Mailbox).remote()
        gpus = 1 if ray.cluster_resources().get("GPU", 0) >= 1 else 0
        task = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=0)(work)
        running = task.remote(spec.model_dump_json(), mailbox)
        try:
            said = await self._followed(running, mailbox, emit)
        except ray.exceptions.RayError as error:
            raise _died(spec.domain, error) from error
        finally:
            # Killed, the worker's end of the job's input closes, and the job ends itself.
            ray.cancel(running, force=True)
            ray.kill(mailbox)
        if said:
            failed = events.decode(said.encode("utf-8"))
            if isinstance(failed, Failed):
                raise failed.to_error()

    async def _followed(self, running: Any, mailbox: Any, emit: Emit) -> str:
        """Tell the events while the task runs; returns what the task returns."""
        waiting = asyncio.ensure_future(_awaited(running))
        try:
            while not waiting.done():
                await asyncio.wait((waiting,), timeout=_SECONDS_BETWEEN_LOOKS)
                for line in await _awaited(mailbox.take.remote()):
                    emit(events.decode(line.encode("utf-8")))
            said: str = waiting.result()
        finally:
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await waiting
        for line in await _awaited(mailbox.take.remote()):
            emit(events.decode(line.encode("utf-8")))
        return said


async def _awaited(reference: Any) -> Any:
    return await reference


def _died(domain: str, error: Exception) -> JobDiedError:
    return JobDiedError(
        f"the training of {one_line(domain)} was lost on the cluster",
        found=one_line(str(error))[:300],
        expected="an expert in quarantine",
        mend="the same command goes on from its last checkpoint; look at the cluster with ray status",
    )
