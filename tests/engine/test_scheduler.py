"""Jobs take turns; what changes the weights runs alone; a defect ends one request, not the engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from vortex_tui.engine.protocol import Event, Failure, Result
from vortex_tui.engine.scheduler import MAX_ACTIVE, MAX_QUEUED, Job, Scheduler
from vortex_tui.errors import BudgetError, PromptError


class Bench:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.scheduler = Scheduler(self.events.append)

    def run(self) -> list[int]:
        """Serve what was submitted; returns the request of each event."""
        self.submit(10**6, self.stop)
        self.scheduler.run()
        return [event.id for event in self.events]

    def stop(self, _: Job) -> Iterator[None]:
        while self.scheduler.waiting > 1:
            yield None
        self.scheduler.stop()
        yield None

    def submit(
        self, request: int, make: Callable[[Job], Iterator[Event | None]], alone: bool = False
    ) -> None:
        self.scheduler.submit(Job(request, make, alone))


def steps(count: int) -> Callable[[Job], Iterator[Event | None]]:
    def make(job: Job) -> Iterator[Event | None]:
        for _ in range(count):
            yield Result(id=job.id)
            if job.cancelled:
                return

    return make


def test_jobs_take_turns() -> None:
    bench = Bench()
    bench.submit(1, steps(3))
    bench.submit(2, steps(3))
    assert bench.run() in ([1, 2, 1, 2, 1, 2], [2, 1, 2, 1, 2, 1])


def test_a_job_that_changes_the_weights_runs_alone() -> None:
    bench = Bench()
    bench.submit(1, steps(2))
    bench.submit(2, steps(2), alone=True)
    bench.submit(3, steps(2))
    assert bench.run() == [1, 1, 2, 2, 3, 3]


def test_only_so_many_run_at_once() -> None:
    bench = Bench()
    for request in range(MAX_ACTIVE + 1):
        bench.submit(request, steps(2))
    order = bench.run()
    assert set(order[:MAX_ACTIVE]) == set(range(MAX_ACTIVE))
    assert order[-1] == MAX_ACTIVE


def test_a_refusal_ends_its_request_alone() -> None:
    def refuse(_: Job) -> Iterator[Event | None]:
        yield None
        raise PromptError("too long")

    bench = Bench()
    bench.submit(1, refuse)
    bench.submit(2, steps(2))
    bench.run()
    (failed,) = [event for event in bench.events if isinstance(event, Failure)]
    assert (failed.id, failed.code, failed.last) == (1, "prompt", True)
    assert sum(event.id == 2 for event in bench.events) == 2


def test_a_defect_is_told_as_one(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Job) -> Iterator[Event | None]:
        yield None
        raise ZeroDivisionError("oops")

    bench = Bench()
    bench.submit(1, broken)
    bench.submit(2, steps(1))
    assert sorted(bench.run()) == [1, 2]
    (failed,) = [event for event in bench.events if isinstance(event, Failure)]
    assert failed.code == "internal"
    assert "ZeroDivisionError: oops" in failed.found
    assert "ZeroDivisionError" in caplog.text


def test_cancel_reaches_a_running_and_a_waiting_job() -> None:
    bench = Bench()
    bench.submit(1, steps(100))
    bench.submit(2, steps(100))
    bench.scheduler.cancel(1)
    bench.scheduler.cancel(2)
    bench.scheduler.cancel(77)
    assert sorted(bench.run()) == [1, 2]


def test_a_flood_of_requests_is_refused() -> None:
    bench = Bench()
    for request in range(MAX_QUEUED):
        bench.submit(request, steps(1))
    with pytest.raises(BudgetError, match="too many requests"):
        bench.submit(MAX_QUEUED, steps(1))


def test_it_sleeps_until_there_is_work() -> None:
    bench = Bench()
    thread = threading.Thread(target=bench.scheduler.run)
    thread.start()
    done = threading.Event()

    def tell(_: Job) -> Iterator[Event | None]:
        done.set()
        yield None

    bench.submit(1, tell)
    assert done.wait(5)
    bench.scheduler.stop()
    thread.join(5)
    assert not thread.is_alive()
