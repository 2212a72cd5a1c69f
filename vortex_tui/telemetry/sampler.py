"""Samples GPUs and host at a steady pace on a thread of its own, and keeps the newest."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from vortex_tui.telemetry.gpu import Gpus
from vortex_tui.telemetry.host import Host

# Twice a second is what an eye follows and a processor does not notice.
SECONDS = 0.5
KEEP = 240
_CLOSE_SECONDS = 2.0

ReadGpus = Callable[[Collection[int]], Gpus]
ReadHost = Callable[[int | None], Host]


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading; ``at`` is in seconds of the sampler's clock."""

    at: float
    gpus: Gpus
    host: Host


class Sampler:
    """Reads every ``seconds`` from ``start`` to ``close``; any thread may look at what it has.

    The readers are called on its thread alone; ``end`` lets go of what they hold, there as well.
    """

    def __init__(
        self,
        read_gpus: ReadGpus,
        read_host: ReadHost,
        end: Callable[[], None] = lambda: None,
        *,
        seconds: float = SECONDS,
        keep: int = KEEP,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read_gpus, self._read_host, self._end = read_gpus, read_host, end
        self._seconds = seconds
        self._clock = clock
        self._ring: deque[Sample] = deque(maxlen=keep)
        self._worker: int | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def latest(self) -> Sample | None:
        """The newest sample; None before the first."""
        try:
            return self._ring[-1]
        except IndexError:
            return None

    @property
    def history(self) -> tuple[Sample, ...]:
        """The samples that are kept, the newest last."""
        # ``copy`` is one step for other threads; iterating while one is added would raise.
        return tuple(self._ring.copy())

    def watch(self, worker: int | None) -> None:
        """The engine's process from now on; None when there is none."""
        self._worker = worker

    def start(self) -> None:
        """Begin to sample; nothing happens when it runs already."""
        if self._thread is not None:
            return
        # One of its own: a thread that hangs must not take a later start for its own.
        self._stop = threading.Event()
        # A driver that never answers must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, args=(self._stop,), name="telemetry", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for the reading in progress, but not for ever."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_SECONDS)
            self._thread = None

    def sample(self) -> Sample:
        """One reading now, kept like the others; not while the thread runs."""
        worker = self._worker
        gpus = self._read_gpus(() if worker is None else (worker,))
        taken = Sample(self._clock(), gpus, self._read_host(worker))
        self._ring.append(taken)
        return taken

    def _run(self, stop: threading.Event) -> None:
        due = time.monotonic()
        while not stop.is_set():
            self.sample()
            now = time.monotonic()
            # Behind its time it leaves beats out: it never reads without a pause.
            due = due + self._seconds if due + self._seconds > now else now + self._seconds
            stop.wait(due - now)
        self._end()
