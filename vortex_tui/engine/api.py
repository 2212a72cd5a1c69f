"""What every face and service sees of the engine. The client implements it; tests may script it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from vortex_tui.engine.protocol import (
    BARE,
    ROUTED,
    Choice,
    Conversation,
    Done,
    ExpertInfo,
    Progress,
    Ready,
    RoutedMix,
    Sampling,
    ScoreItem,
    Stats,
    Token,
)
from vortex_tui.errors import VortexError
from vortex_tui.settings import Decode, Profile, Router

Phase = Literal["stopped", "starting", "loading", "ready", "busy", "restarting", "failed"]
AnswerEvent = RoutedMix | Progress | Token | Done


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the engine does now: ``fraction`` is 0..1 while it loads, ``error`` why it failed or restarts."""

    phase: Phase = "stopped"
    stage: str = ""
    fraction: float = 0.0
    error: VortexError | None = None


Listener = Callable[[EngineState], None]
OnProgress = Callable[[Progress], None]


class Answer(Protocol):
    """A running generation: iterate it for ``routed``, ``token`` and ``done`` events of its rows.

    ``progress`` says how far a long prompt has been read.

    Iteration raises the VortexError the engine answers with; EngineDiedError carries the partial text.
    """

    def __aiter__(self) -> AsyncIterator[AnswerEvent]: ...

    async def cancel(self) -> None:
        """Stop before the next decoding step; iteration still ends with ``done`` (cancelled)."""

    async def aclose(self) -> None:
        """Cancel and forget: for a caller that stops iterating."""


class EngineAPI(Protocol):
    """One engine: started, loaded with a profile, asked, closed."""

    @property
    def state(self) -> EngineState:
        """What the engine does now."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` at each change of state, in the event loop; returns its undoing."""

    async def start(self) -> None:
        """Start the worker. Raises EngineBusyError when another face owns the data folder."""

    async def load(
        self,
        profile: Profile,
        on_progress: OnProgress | None = None,
        aside: Sequence[Path] = (),
        candidates: Sequence[Path] = (),
    ) -> Ready:
        """Load a profile's base, bank and router. Raises ModelError and its siblings.

        ``aside`` are folders of experts outside the bank, to be named and never routed to; ``candidates``
        are routed to where ``route`` is asked to, each in place of its domain's champion.
        """

    def generate(
        self,
        conversations: Sequence[Conversation],
        sampling: Sampling,
        choice: Choice = ROUTED,
    ) -> Answer:
        """Answer one conversation or a batch."""

    async def route(
        self, conversations: Sequence[Conversation], router: Router | None = None, *, on_trial: bool = False
    ) -> list[RoutedMix]:
        """Only decide which mix would answer each conversation; by ``router``, or by the profile's own.

        ``on_trial``: as if the candidates that were loaded were champions.
        """

    async def experts(self) -> tuple[ExpertInfo, ...]:
        """Every expert of the bank."""

    async def stats(self) -> Stats:
        """Memory of the worker; answered while it generates."""

    async def count(self, conversation: Conversation) -> int:
        """Tokens of a conversation as the model's template renders it."""

    async def score(self, items: Sequence[ScoreItem], choice: Choice = BARE) -> tuple[float, ...]:
        """Mean negative log-likelihood (nats) of each answer's tokens."""

    async def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """The router's encoder's vectors, one a text; the base's own where there is no encoder."""

    async def attach(self, expert: str) -> float:
        """Make an expert resident; milliseconds from disk to usable, 0 when it was already."""

    async def detach(self, expert: str) -> None:
        """Let go of a resident expert."""

    async def close(self) -> None:
        """End the worker; nothing is left behind."""


def sampling_of(decode: Decode) -> Sampling:
    """A profile's decode table as the protocol's sampling."""
    return Sampling(
        max_new_tokens=decode.max_new_tokens,
        temperature=decode.temperature,
        top_p=decode.top_p,
        top_k=decode.top_k,
        min_p=decode.min_p,
        repetition_penalty=decode.repetition_penalty,
        seed=decode.seed if decode.seed >= 0 else None,
    )
