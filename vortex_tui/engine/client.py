"""The one client of the engine: every face and service asks through it.

It is the implementation of ``vortex_tui.engine.api.EngineAPI``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from vortex_tui.engine import protocol
from vortex_tui.engine.answer import Answer
from vortex_tui.engine.protocol import (
    BARE,
    ROUTED,
    Attach,
    Choice,
    Conversation,
    Detach,
    Embed,
    ExpertInfo,
    ExpertList,
    Generate,
    GetStats,
    ListExperts,
    Request,
    Result,
    Route,
    RoutedMix,
    Sampling,
    Score,
    ScoreItem,
    Stats,
)
from vortex_tui.engine.supervisor import Supervisor
from vortex_tui.errors import ProtocolError
from vortex_tui.settings import Router

E = TypeVar("E", bound=protocol.Event)


class Engine(Supervisor):
    """One worker for one data folder. Use as ``async with``, or ``start`` and ``close``.

    ``environment``: the worker's, where it is not to be this process's own.
    """

    def __init__(
        self, data_dir: Path, *, face: str = "python", environment: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(data_dir, face, environment)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def generate(
        self, conversations: Sequence[Conversation], sampling: Sampling, choice: Choice = ROUTED
    ) -> Answer:
        """Answer one conversation or a batch."""
        batch = tuple(conversations)
        return Answer(
            self, lambda number: Generate(id=number, conversations=batch, sampling=sampling, choice=choice)
        )

    async def _ask(self, make: Callable[[int], Request], kind: type[E]) -> list[E]:
        async with (await self.wire()).asking(make) as stream:
            return [event async for event in stream if isinstance(event, kind)]

    async def route(
        self, conversations: Sequence[Conversation], router: Router | None = None
    ) -> list[RoutedMix]:
        """Only decide which mix would answer each conversation; by ``router``, or by the profile's own."""
        batch = tuple(conversations)
        table = router.model_dump(mode="json") if router else None
        return await self._ask(lambda number: Route(id=number, conversations=batch, router=table), RoutedMix)

    async def experts(self) -> tuple[ExpertInfo, ...]:
        """Every expert of the bank."""
        (answer,) = await self._ask(lambda number: ListExperts(id=number), ExpertList)
        return answer.experts

    async def stats(self) -> Stats:
        """Memory of the worker; answered while it generates or loads."""
        stream = await self.live_wire().send(lambda number: GetStats(id=number))
        event = await stream.get()
        if not isinstance(event, Stats):
            raise ProtocolError("the engine answered stats with something else", found=event.event)
        return event

    async def _result(self, make: Callable[[int], Request]) -> Result:
        return (await self._ask(make, Result))[-1]

    async def count(self, conversation: Conversation) -> int:
        """Tokens of a conversation as the model's template renders it."""
        return (await self._result(lambda n: protocol.Count(id=n, conversation=conversation))).count

    async def tokenize(self, text: str) -> tuple[int, ...]:
        """Token ids of a raw text."""
        return (await self._result(lambda number: protocol.Tokenize(id=number, text=text))).tokens

    async def round_trip(self, text: str) -> str:
        """A raw text as the tokenizer gives it back."""
        return (await self._result(lambda number: protocol.Tokenize(id=number, text=text))).text

    async def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """The encoder's vectors, one a text."""
        parts = await self._ask(lambda number: Embed(id=number, texts=tuple(texts)), Result)
        return tuple(vector for part in parts for vector in part.vectors)

    async def score(self, items: Sequence[ScoreItem], choice: Choice = BARE) -> tuple[float, ...]:
        """Mean negative log-likelihood (nats) of each answer's tokens."""
        batch = tuple(items)
        return (await self._result(lambda number: Score(id=number, items=batch, choice=choice))).losses

    async def attach(self, expert: str) -> float:
        """Make an expert resident; milliseconds from disk to usable, 0 when it was already."""
        return (await self._result(lambda number: Attach(id=number, expert=expert))).milliseconds

    async def detach(self, expert: str) -> None:
        """Let go of a resident expert."""
        await self._result(lambda number: Detach(id=number, expert=expert))
