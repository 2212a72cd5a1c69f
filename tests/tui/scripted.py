"""A scripted engine: real protocol events from a script. Tests alone may use it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from vortex_tui.engine.api import AnswerEvent, EngineState, Listener, OnProgress
from vortex_tui.engine.protocol import (
    BARE,
    ROUTED,
    Candidate,
    Choice,
    Conversation,
    Done,
    ExpertInfo,
    MixShare,
    Ready,
    RoutedMix,
    Sampling,
    ScoreItem,
    Stats,
    Token,
)
from vortex_tui.errors import VortexError
from vortex_tui.profile import Profile
from vortex_tui.settings import Router

RUN = "20260101T0000-test-000000"


def expert(domain: str, *, problem: str = "", run: str = RUN) -> ExpertInfo:
    """An expert of a bank."""
    return ExpertInfo(
        id=f"{domain}/{run}",
        domain=domain,
        title=f"The expert of {domain}",
        content_hash="0" * 64,
        rank=16,
        bytes=3 * 1024 * 1024,
        exemplars=32,
        resident=not problem,
        problem=problem,
        champion=not problem,
    )


BANK = (expert("arithmetic"), expert("units"), expert("sql"), expert("roman"))
BROKEN = expert("legal", problem="the adapter is for another base: fingerprint 12ab, expected 34cd")


NEAREST = {"arithmetic": ("what is 28 + 18?", "What is 95 + 56?"), "units": ("What is 3 kg in g?",)}


def candidate(name: str, score: float, nearest: tuple[str, ...] = ()) -> Candidate:
    """A candidate of a fitted router."""
    told = {"words_centroid": score, "dense_centroid": score}
    return Candidate(expert=name, score=score, lexical=score, dense=score, nearest=nearest, features=told)


def routed(weights: dict[str, float], reason: str = "digits and an operator") -> RoutedMix:
    """A decision over the whole of ``BANK``, the base among the candidates."""
    scores = {"arithmetic": 0.63, "units": 0.24, "sql": 0.015, "roman": 0.003}
    candidates = [candidate(f"{name}/{RUN}", score, NEAREST.get(name, ())) for name, score in scores.items()]
    candidates.append(candidate("base", 0.112))
    mix = tuple(
        MixShare(expert=f"{name}/{RUN}", content_hash="0" * 64, weight=w) for name, w in weights.items()
    )
    return RoutedMix(
        id=1, mode="hybrid", mix=mix, candidates=tuple(candidates), reason=reason, router_ms=1.5, encoder_ms=4
    )


class Script:
    """One answer: its pieces, its mix, and how it ends. It waits at ``hold`` after ``hold_after`` pieces."""

    def __init__(
        self,
        *pieces: str,
        mix: dict[str, float] | None = None,
        error: VortexError | None = None,
        hold_after: int | None = None,
        rate: float = 71.2,
    ) -> None:
        self.pieces = pieces
        self.decision = routed({"arithmetic": 0.7, "units": 0.3} if mix is None else mix)
        self.error = error
        self.hold_after = hold_after
        self.rate = rate
        self.hold = asyncio.Event()

    def done(self, said: Sequence[str], *, cancelled: bool = False) -> Done:
        """The last event after ``said``."""
        return Done(
            id=1,
            last=True,
            text="".join(said),
            finish_reason="cancelled" if cancelled else "stop",
            prompt_tokens=24,
            completion_tokens=len(said),
            ttft_ms=210.0,
            prefill_tokens_per_sec=1900.0,
            decode_tokens_per_sec=84.3,
            tokens_per_sec=self.rate,
            mix=self.decision.mix,
        )


class ScriptedAnswer:
    """Plays a script."""

    def __init__(self, engine: ScriptedEngine, script: Script) -> None:
        self._engine = engine
        self._script = script
        self._cancelled = asyncio.Event()

    def __aiter__(self) -> AsyncIterator[AnswerEvent]:
        return self._play()

    async def _play(self) -> AsyncIterator[AnswerEvent]:
        script, said = self._script, list[str]()
        self._engine.set_state(phase="busy")
        try:
            yield script.decision
            for index, piece in enumerate(script.pieces):
                await self._wait(index)
                if self._cancelled.is_set():
                    break
                said.append(piece)
                yield Token(id=1, text=piece, tokens=len(said), rate=80.0)
            await self._wait(len(script.pieces))
            if script.error is not None and not self._cancelled.is_set():
                raise script.error
            yield script.done(said, cancelled=self._cancelled.is_set())
        finally:
            self._engine.set_state(phase="ready")

    async def _wait(self, index: int) -> None:
        if self._script.hold_after == index:
            waits = [asyncio.create_task(event.wait()) for event in (self._script.hold, self._cancelled)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()

    async def cancel(self) -> None:
        self._cancelled.set()

    async def aclose(self) -> None:
        self._cancelled.set()


class ScriptedEngine:
    """An EngineAPI that answers from ``scripts``, then as ``unscripted``.

    ``loading`` holds the load until it is set.
    """

    def __init__(self, *scripts: Script, bank: tuple[ExpertInfo, ...] = BANK, held: bool = False) -> None:
        self.scripts = deque(scripts)
        self.unscripted: Callable[[], Script] = lambda: Script("yes")
        self.bank = bank
        self.loading = asyncio.Event()
        if not held:
            self.loading.set()
        # Holds a load with candidates until it is set.
        self.trial = asyncio.Event()
        self.candidates: tuple[Path, ...] = ()
        self.load_error: VortexError | None = None
        self.asked: list[Conversation] = []
        self.loaded: list[Profile] = []
        self.closed = False
        self._state = EngineState()
        self._listeners: list[Listener] = []

    @property
    def state(self) -> EngineState:
        return self._state

    def set_state(self, **changes: object) -> None:
        """Change the state and tell the listeners."""
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]
        for listener in self._listeners:
            listener(self._state)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        self.set_state(phase="starting")

    async def load(
        self,
        profile: Profile,
        on_progress: OnProgress | None = None,  # noqa: ARG002
        aside: Sequence[Path] = (),  # noqa: ARG002
        candidates: Sequence[Path] = (),
    ) -> Ready:
        self.set_state(phase="loading", stage="reading the base", fraction=0.42)
        await (self.trial if candidates else self.loading).wait()
        if self.load_error is not None:
            self.set_state(phase="failed", error=self.load_error)
            raise self.load_error
        self.loaded.append(profile)
        self.candidates = tuple(candidates)
        self.set_state(phase="ready", stage="", fraction=1.0, error=None)
        return Ready(
            id=1,
            last=True,
            backend="hf",
            device="cpu",
            quantization="nf4",
            model="nano",
            fingerprint="f" * 16,
            ctx_tokens=512,
            experts=len(self.bank),
            load_ms=900.0,
        )

    def generate(
        self,
        conversations: Sequence[Conversation],
        sampling: Sampling,  # noqa: ARG002
        choice: Choice = ROUTED,  # noqa: ARG002
    ) -> ScriptedAnswer:
        self.asked.append(conversations[0])
        return ScriptedAnswer(self, self.scripts.popleft() if self.scripts else self.unscripted())

    async def route(
        self,
        conversations: Sequence[Conversation],
        router: Router | None = None,  # noqa: ARG002
    ) -> list[RoutedMix]:
        return [routed({"arithmetic": 1.0}) for _ in conversations]

    async def experts(self) -> tuple[ExpertInfo, ...]:
        return self.bank

    async def stats(self) -> Stats:
        return Stats(id=1, last=True, state="ready", rss_mb=412.0, rss_peak_mb=450.0)

    async def count(self, conversation: Conversation) -> int:
        return 8 * len(conversation)

    async def score(self, items: Sequence[ScoreItem], choice: Choice = BARE) -> tuple[float, ...]:  # noqa: ARG002
        return tuple(1.0 for _ in items)

    async def attach(self, expert: str) -> float:  # noqa: ARG002
        return 2.0

    async def detach(self, expert: str) -> None:
        pass

    async def close(self) -> None:
        self.closed = True
