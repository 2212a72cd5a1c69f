"""One answer in the making: token ids to text, stop strings, counts and times."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol

from vortex_tui.engine.protocol import Sampling

FinishReason = Literal["stop", "stop_string", "length", "cancelled"]
_SECOND = 1_000_000_000


class Detokenizer(Protocol):
    """Turns ids into text one by one, never splitting a character."""

    def step(self, token: int) -> str:
        """Text completed by ``token``, or nothing yet."""

    def flush(self) -> str:
        """What an unfinished character leaves at the end."""


def held_back(text: str, stops: tuple[str, ...]) -> int:
    """Length of the longest end of ``text`` that may be the beginning of a stop string."""
    longest = min(len(text), max(map(len, stops), default=1) - 1)
    for length in range(longest, 0, -1):
        if any(len(stop) > length and stop.startswith(text[-length:]) for stop in stops):
            return length
    return 0


class Sequence:
    """One row of a generation. ``limit`` is the most tokens it may have; times are monotonic ns."""

    def __init__(
        self,
        sampling: Sampling,
        detokenizer: Detokenizer,
        limit: int,
        started: int,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.text = ""
        self.tokens = 0
        self.finish_reason: FinishReason | None = None
        self.started = started
        self.prefill_at = 0
        self.first_at = 0
        self.last_at = 0
        self._stops = tuple(stop for stop in sampling.stop if stop)
        self._limit = limit
        self._detokenizer = detokenizer
        self._clock = clock
        self._pending = ""
        self._recent: deque[int] = deque()

    def begin(self) -> None:
        """The prompt is about to be evaluated."""
        self.prefill_at = self._clock()

    def push(self, token: int, stop_ids: frozenset[int]) -> str:
        """Take the next token; returns the text that may be shown now."""
        self._tick()
        if token in stop_ids:
            return self.finish("stop")
        self._pending += self._detokenizer.step(token)
        shown = self._release()
        if self.finish_reason is None and self.tokens >= self._limit:
            return shown + self.finish("length")
        return shown

    def finish(self, reason: FinishReason) -> str:
        """End the row; returns what had been held back."""
        self.finish_reason = reason
        self._pending += self._detokenizer.flush()
        return self._emit(len(self._pending))

    @property
    def rate(self) -> float:
        """Tokens per second over the last second."""
        span = self._recent[-1] - self._recent[0] if self._recent else 0
        return (len(self._recent) - 1) * _SECOND / span if span else 0.0

    def _tick(self) -> None:
        self.tokens += 1
        self.last_at = self._clock()
        self.first_at = self.first_at or self.last_at
        self._recent.append(self.last_at)
        while self._recent[0] < self.last_at - _SECOND:
            self._recent.popleft()

    def _release(self) -> str:
        found = [at for stop in self._stops if (at := self._pending.find(stop)) >= 0]
        if found:
            self.finish_reason = "stop_string"
            return self._emit(min(found))
        return self._emit(len(self._pending) - held_back(self._pending, self._stops))

    def _emit(self, length: int) -> str:
        shown, self._pending = self._pending[:length], self._pending[length:]
        self.text += shown
        return shown
