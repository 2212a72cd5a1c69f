"""The sampler: its pace, what it keeps, and how it ends."""

from __future__ import annotations

import threading
import time

from vortex_tui.telemetry import machine
from vortex_tui.telemetry.gpu import Gpus
from vortex_tui.telemetry.host import Host
from vortex_tui.telemetry.sampler import Sampler


class Machine:
    """Readers that note what they were asked and on which thread; ``slow`` seconds a reading."""

    def __init__(self, slow: float = 0.0) -> None:
        self.slow = slow
        self.asked: list[tuple[object, object]] = []
        self.threads: set[str] = set()
        self.starts: list[float] = []
        self.ended = 0

    def gpus(self, ours) -> Gpus:
        self.starts.append(time.monotonic())
        self.threads.add(threading.current_thread().name)
        self._ours = tuple(ours)
        time.sleep(self.slow)
        return Gpus(reason=f"reading {len(self.asked)}")

    def host(self, worker) -> Host:
        self.asked.append((self._ours, worker))
        return Host()

    def end(self) -> None:
        self.threads.add(threading.current_thread().name)
        self.ended += 1


def sampler(machine: Machine, **settings) -> Sampler:
    return Sampler(machine.gpus, machine.host, machine.end, **settings)


def _until(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)


def test_it_keeps_the_newest_and_no_more():
    one = sampler(Machine(), keep=3)
    assert (one.latest, one.history) == (None, ())
    for _ in range(5):
        one.sample()
    assert [each.gpus.reason for each in one.history] == ["reading 2", "reading 3", "reading 4"]
    assert one.latest is one.history[-1]


def test_it_samples_on_its_own_thread_and_ends_there():
    played = Machine()
    one = sampler(played, seconds=0.01)
    one.start()
    one.start()
    _until(lambda: len(one.history) > 3)
    one.close()
    seen = len(one.history)
    assert played.threads == {"telemetry"}
    assert played.ended == 1
    time.sleep(0.05)
    assert len(one.history) == seen
    one.close()


def test_it_starts_again_after_it_was_closed():
    one = sampler(Machine(), seconds=0.01)
    one.start()
    one.close()
    before = len(one.history)
    one.start()
    _until(lambda: len(one.history) > before)
    one.close()


def test_the_engines_process_is_told_to_both_readers():
    played = Machine()
    one = sampler(played)
    one.sample()
    one.watch(77)
    one.sample()
    one.watch(None)
    one.sample()
    assert played.asked == [((), None), ((77,), 77), ((), None)]


def test_a_slow_driver_is_never_asked_without_a_pause():
    played = Machine(slow=0.05)
    one = sampler(played, seconds=0.03)
    one.start()
    _until(lambda: len(played.starts) > 4)
    one.close()
    gaps = [later - sooner for sooner, later in zip(played.starts, played.starts[1:], strict=False)]
    assert min(gaps) >= 0.05 + 0.025


def test_closing_waits_for_no_driver_that_hangs(monkeypatch):
    monkeypatch.setattr("vortex_tui.telemetry.sampler._CLOSE_SECONDS", 0.1)
    let_go = threading.Event()

    def hang(_) -> Gpus:
        let_go.wait(10)
        return Gpus()

    one = Sampler(hang, lambda _: Host(), seconds=0.01)
    one.start()
    before = time.monotonic()
    one.close()
    assert time.monotonic() - before < 2
    let_go.set()


def test_history_can_be_read_while_it_grows():
    one = sampler(Machine(), seconds=0.0001, keep=50)
    one.start()
    for _ in range(2000):
        assert len(one.history) <= 50
    one.close()


def test_this_machine(tmp_path):
    one = machine.sampler(tmp_path, seconds=0.02)
    one.start()
    _until(lambda: len(one.history) > 2)
    one.close()
    assert one.latest.host.cpu_percent is not None
    assert one.latest.host.disk_free_mb > 0
    assert bool(one.latest.gpus.found) != bool(one.latest.gpus.reason)
