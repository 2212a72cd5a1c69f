"""Trains what a plan says: every face follows the same events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from vortex_tui.errors import InternalError, VortexError
from vortex_tui.training import events
from vortex_tui.training.events import AnyEvent, Retried
from vortex_tui.training.executors.base import Executor
from vortex_tui.training.executors.local import Local
from vortex_tui.training.plan import Plan
from vortex_tui.training.refusal import JobDiedError
from vortex_tui.training.spec import JobSpec

# A refusal would be the same again; a death may not be.
_WORTH_ANOTHER_TRY: Final = (JobDiedError, InternalError)

_Queue = asyncio.Queue[AnyEvent | None]


async def train(plan: Plan, executor: Executor | None = None) -> AsyncGenerator[AnyEvent, None]:
    """Yield what the jobs say, each domain's in order, until every one is ``finished`` or ``failed``.

    A job that dies is tried once more, from its last checkpoint; none hinders another. Closing the
    iterator ends what still runs; it is gone on with by the same plan. Raises what the executor refuses.
    """
    queue: _Queue = asyncio.Queue()
    async with executor or Local(plan.data_dir) as place:
        jobs = asyncio.create_task(_all(plan, place, queue), name="training")
        try:
            while (event := await queue.get()) is not None:
                yield event
            await jobs
        finally:
            jobs.cancel()
            await asyncio.wait((jobs,))


async def _all(plan: Plan, place: Executor, queue: _Queue) -> None:
    free = asyncio.Semaphore(plan.at_once)
    try:
        async with asyncio.TaskGroup() as group:
            for job in plan.jobs:
                group.create_task(_one(job, place, queue, free), name=f"training {job.domain}")
    finally:
        queue.put_nowait(None)


async def _one(job: JobSpec, place: Executor, queue: _Queue, free: asyncio.Semaphore) -> None:
    """One domain's job; what it fails with is told, and nobody else's end."""
    async with free:
        try:
            await _tried(job, place, queue)
        except VortexError as error:
            queue.put_nowait(events.failure(job.domain, error))


async def _tried(job: JobSpec, place: Executor, queue: _Queue) -> None:
    try:
        await place.run(job, queue.put_nowait)
    except _WORTH_ANOTHER_TRY as error:
        reason = f"{error.message}: {error.found}"
        queue.put_nowait(Retried(domain=job.domain, reason=reason))
        await place.run(job.model_copy(update={"fresh": False}), queue.put_nowait)
