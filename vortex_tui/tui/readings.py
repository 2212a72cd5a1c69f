"""What the gauges show, gathered from the engine's events and the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from vortex_tui.engine.api import AnswerEvent
from vortex_tui.engine.protocol import Done, Stats, Token
from vortex_tui.telemetry.gpu import Vram
from vortex_tui.telemetry.host import HostMemory
from vortex_tui.tui.widgets.history import History

# A sample of the engine's own rate at most this often: a history of half a minute.
SAMPLE_SECONDS = 0.5


@dataclass(slots=True)
class Readings:
    """The newest of everything. None where nothing is known yet."""

    clock: Callable[[], float]
    vram: Vram | None = None
    host: HostMemory | None = None
    stats: Stats | None = None
    rate: float | None = None
    running: bool = False
    context_used: int | None = None
    context_total: int | None = None
    done: Done | None = None
    history: History = field(default_factory=History)
    _prompt_tokens: int = 0
    _answer_tokens: int = 0
    _sampled: float = 0.0

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
