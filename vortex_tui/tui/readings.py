"""What the gauges show, gathered from the engine's events and the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from vortex_tui.engine.api import AnswerEvent
from vortex_tui.engine.protocol import Done, Stats, Token
from vortex_tui.telemetry import split
from vortex_tui.telemetry.gpu import Gpu, Gpus
from vortex_tui.telemetry.host import Host
from vortex_tui.telemetry.sampler import Sample
from vortex_tui.telemetry.split import Split, Worker
from vortex_tui.tui.widgets.history import History

# A sample of the engine's own rate at most this often: a history of half a minute.
SAMPLE_SECONDS = 0.5


@dataclass(slots=True)
class Readings:
    """The newest of everything. None where nothing is known yet."""

    clock: Callable[[], float]
    gpus: Gpus | None = None
    host: Host | None = None
    stats: Stats | None = None
    budget_mb: float | None = None
    rate: float | None = None
    running: bool = False
    context_used: int | None = None
    context_total: int | None = None
    done: Done | None = None
    history: History = field(default_factory=History)
    _prompt_tokens: int = 0
    _answer_tokens: int = 0
    _sampled: float = 0.0
    _chosen: int | None = None

    def measured(self, sample: Sample | None, stats: Stats | None, budget_mb: float) -> None:
        """The newest of the machine and of the worker; the profile's budget in MiB."""
        if sample is not None:
            self.gpus, self.host = sample.gpus, sample.host
        self.stats, self.budget_mb = stats, budget_mb

    @property
    def worker(self) -> Worker | None:
        """What the worker says of its memory."""
        stats = self.stats
        if stats is None:
            return None
        return Worker(stats.pid, stats.device, stats.weights_mb, stats.experts_mb, stats.kv_mb)

    @property
    def gpu_place(self) -> int:
        """Which of the GPUs is shown: the chosen one, else the engine's, else the first."""
        found = self.gpus.found if self.gpus else ()
        if self._chosen is not None and self._chosen < len(found):
            return self._chosen
        return split.of_worker(found, self.stats.pid if self.stats else 0)

    @property
    def gpu(self) -> Gpu | None:
        """The GPU that is shown."""
        return self.gpus.found[self.gpu_place] if self.gpus and self.gpus.found else None

    def next_gpu(self) -> None:
        """Show the next one from now on."""
        if self.gpus and self.gpus.found:
            self._chosen = (self.gpu_place + 1) % len(self.gpus.found)

    def gpu_split(self, gpu: Gpu) -> Split:
        """What the memory of the GPU is used for."""
        return split.of_gpu(gpu, self.worker, len(self.gpus.found) if self.gpus else 1)

    def host_split(self) -> Split:
        """What the worker's memory on the host is used for, where it computes there."""
        worker = self.worker
        if self.stats is None or worker is None or worker.on_gpu:
            return Split()
        return split.of_process(self.stats.rss_mb, worker)

    def asked(self, prompt_tokens: int) -> None:
        """The prompt of the running answer has been counted."""
        self._prompt_tokens = prompt_tokens
        self.context_used = prompt_tokens + self._answer_tokens

    def heard(self, event: AnswerEvent) -> None:
        """An event of the running answer. Rates are the engine's: nothing is timed here."""
        if isinstance(event, Token):
            self._token(event)
        elif isinstance(event, Done):
            self._done(event)
        else:
            self.running = True

    def _token(self, token: Token) -> None:
        self.running = True
        self.rate = token.rate
        self._answer_tokens = token.tokens
        if self._prompt_tokens:
            self.context_used = self._prompt_tokens + token.tokens
        if token.rate > 0 and self.clock() - self._sampled >= SAMPLE_SECONDS:
            self._sampled = self.clock()
            self.history.add(token.rate)

    def _done(self, done: Done) -> None:
        self.done = done
        self.stopped()
        self.context_used = done.prompt_tokens + done.completion_tokens
        # One token has no rate between first and last.
        if done.completion_tokens > 1:
            self.rate = done.decode_tokens_per_sec
            self.history.add(done.decode_tokens_per_sec)

    def stopped(self) -> None:
        """The answer ended without its last word."""
        self.running = False
        self._prompt_tokens = self._answer_tokens = 0

    def new_chat(self) -> None:
        """Nothing of the context is used."""
        self.stopped()
        self.context_used = None if self.context_total is None else 0
