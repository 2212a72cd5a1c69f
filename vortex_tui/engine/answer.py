"""A running generation, seen from the client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable

from vortex_tui.engine.api import AnswerEvent
from vortex_tui.engine.protocol import Done, Generate, Progress, RoutedMix, Token
from vortex_tui.engine.supervisor import Supervisor
from vortex_tui.engine.wire import Stream, Wire
from vortex_tui.errors import EngineDiedError


class Answer:
    """A running generation; see ``vortex_tui.engine.api.Answer``."""

    def __init__(self, engine: Supervisor, make: Callable[[int], Generate]) -> None:
        self._engine = engine
        self._make = make
        self._stream: Stream | None = None
        self._wire: Wire | None = None
        self._cancelled = False
        self._events = self._run()

    def __aiter__(self) -> AsyncIterator[AnswerEvent]:
        return self._events

    async def cancel(self) -> None:
        """Stop before the next decoding step; iteration still ends with ``done`` (cancelled)."""
        self._cancelled = True
        if self._wire is not None and self._stream is not None:
            await self._wire.cancel(self._stream)

    async def aclose(self) -> None:
        """Cancel and forget."""
        await self._events.aclose()

    async def _run(self) -> AsyncGenerator[AnswerEvent, None]:
        self._wire = await self._engine.wire()
        said: list[str] = []
        self._engine.answering(1)
        try:
            async with self._wire.asking(self._make) as self._stream:
                if self._cancelled:
                    await self._wire.cancel(self._stream)
                async for event in self._stream:
                    if isinstance(event, Token) and event.index == 0:
                        said.append(event.text)
                    if isinstance(event, (RoutedMix, Progress, Token, Done)):
                        yield event
            self._engine.answered()
        except EngineDiedError as error:
            died = EngineDiedError(error.message, found=error.found, mend=error.mend)
            died.partial = "".join(said)
            raise died from error
        finally:
            self._engine.answering(-1)
