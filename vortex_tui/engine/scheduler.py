"""Requests in turns: every running job makes one step, so that none waits for a long answer.

A job is a generator of events; between two ``next`` calls lies one decoding step. Jobs that
change what is loaded run alone.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from vortex_tui.engine.protocol import Event, failure
from vortex_tui.errors import BudgetError, CancelledError, InternalError, VortexError

log = logging.getLogger(__name__)

MAX_ACTIVE = 4
MAX_QUEUED = 256
Steps = Iterator[Event | None]


@dataclass(slots=True)
class Job:
    """A request being served. ``cancelled`` is set from another thread and read between steps."""

    id: int
    make: Callable[[Job], Steps]
    alone: bool = False
    cancelled: bool = False
    steps: Steps | None = field(default=None, repr=False)

    def check(self) -> None:
        """Raise CancelledError when the request was cancelled."""
        if self.cancelled:
            raise CancelledError("the request was cancelled")


class Scheduler:
    """Takes jobs from any thread; runs them in the one that calls ``run``."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._queued: deque[Job] = deque()
        self._active: deque[Job] = deque()
        self._changed = threading.Condition()
        self._stopping = False

    def submit(self, job: Job) -> None:
        """Queue a job. Raises BudgetError when too many wait."""
        with self._changed:
            if len(self._queued) >= MAX_QUEUED:
                raise BudgetError("too many requests wait", found=f"{MAX_QUEUED}", mend="ask again later")
            self._queued.append(job)
            self._changed.notify_all()

    def cancel(self, target: int) -> None:
        """Mark request ``target``; it ends before its next step. Unknown ones have ended already."""
        with self._changed:
            for job in (*self._queued, *self._active):
                if job.id == target:
                    job.cancelled = True

    def stop(self) -> None:
        """Make ``run`` return after the step it is in."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Jobs queued or running."""
        return len(self._queued) + len(self._active)

    def run(self) -> None:
        """Serve until ``stop``."""
        while (job := self._next()) is not None:
            event, alive = self._advance(job)
            if not alive:
                # Before it is told: who hears the last event finds nothing running any more.
                self._finish(job)
            if event is not None:
                self._emit(event)

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queued or self._active or self._stopping)
            if self._stopping:
                return None
            while self._queued and self._admits(self._queued[0]):
                self._active.append(self._queued.popleft())
            self._active.rotate(-1)
            return self._active[-1]

    def _admits(self, job: Job) -> bool:
        if job.alone or any(active.alone for active in self._active):
            return not self._active
        return len(self._active) < MAX_ACTIVE

    def _finish(self, job: Job) -> None:
        if isinstance(job.steps, Generator):
            job.steps.close()
        with self._changed:
            self._active.remove(job)

    def _advance(self, job: Job) -> tuple[Event | None, bool]:
        """One step: its event, and whether the job goes on."""
        try:
            job.steps = job.steps or job.make(job)
            event = next(job.steps)
        except StopIteration:
            return None, False
        except VortexError as error:
            event = failure(job.id, error)
        except Exception as error:  # a defect in one request must not end the engine
            log.exception("request %d failed", job.id)
            event = failure(job.id, defect(error))
        return event, not (event is not None and event.last)


def defect(error: Exception) -> InternalError:
    """What a person is told of an exception nobody foresaw."""
    return InternalError(
        "the engine met something it did not foresee",
        found=f"{type(error).__name__}: {error}",
        mend="logs/engine.log in the data folder has the traceback; please report it",
    )
