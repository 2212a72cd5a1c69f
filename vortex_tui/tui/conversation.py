"""The turns of one chat: asks the engine, one turn at a time, in the order they were sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from vortex_tui.engine.api import Answer, AnswerEvent
from vortex_tui.engine.protocol import ChatMessage, Done, Progress, RoutedMix, Token
from vortex_tui.engine.protocol import Conversation as Prompt
from vortex_tui.errors import InternalError, VortexError
from vortex_tui.tui.session import Session
from vortex_tui.tui.turn import Turn


class TurnView(Protocol):
    """Where a turn is shown."""

    def refresh_head(self) -> None:
        """The turn's state or mix has changed."""

    def write(self, text: str) -> None:
        """More of the answer."""

    async def finish(self) -> None:
        """The turn is over: show the whole of it."""

    async def restart(self) -> None:
        """The turn's answer was taken back."""


class Conversation:
    """A list of turns; ``views`` gives the view of one, ``heard`` is told every event of the engine."""

    def __init__(
        self,
        session: Session,
        views: Callable[[Turn], TurnView],
        heard: Callable[[AnswerEvent], None],
    ) -> None:
        self._session = session
        self._views = views
        self._heard = heard
        self._answer: Answer | None = None
        self._pumping = False
        self.turns: list[Turn] = []

    def add(self, turn: Turn) -> None:
        """Queue a turn. Its view must be there: a running pump may take it at once."""
        self.turns.append(turn)

    @property
    def running(self) -> Turn | None:
        """The turn that is being answered."""
        return next((turn for turn in self.turns if turn.state == "running"), None)

    @property
    def last_over(self) -> Turn | None:
        """The last turn, when it is over and nothing waits behind it."""
        return self.turns[-1] if self.turns and self.turns[-1].over else None

    @property
    def last_answer(self) -> str:
        """The last answer that has any text."""
        return next((turn.text for turn in reversed(self.turns) if turn.text), "")

    def prompt(self, turn: Turn) -> Prompt:
        """``turn`` with what came before it, as the engine is asked."""
        messages: list[ChatMessage] = []
        for earlier in self.turns[: self.turns.index(turn)]:
            messages.extend(earlier.messages())
        return (*messages, ChatMessage(role="user", content=turn.question))

    async def pump(self) -> None:
        """Answer what is queued, while the engine can. A second call returns at once."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._session.can_answer and self._next():
                async with self._session.alone:
                    # What was queued may have been dropped while a bench ran.
                    if self._session.can_answer and (turn := self._next()):
                        await self._run(turn)
        finally:
            self._pumping = False

    def _next(self) -> Turn | None:
        return next((turn for turn in self.turns if turn.state == "queued"), None)

    async def _run(self, turn: Turn) -> None:
        view = self._views(turn)
        turn.state = "running"
        view.refresh_head()
        try:
            await self._listen(turn, view)
        except asyncio.CancelledError:
            turn.state = "cancelled"
            raise
        except VortexError as error:
            turn.fail(error)
        except Exception as error:  # noqa: BLE001 - a defect must not take the other turns with it
            turn.fail(InternalError("this program failed to answer", found=repr(error)))
        await view.finish()

    async def _listen(self, turn: Turn, view: TurnView) -> None:
        self._answer = answer = self._session.ask(self.prompt(turn))
        try:
            async for event in answer:
                self._take(turn, view, event)
            if not turn.over:
                raise InternalError("the engine stopped in the middle of its answer, without a reason")
        finally:
            self._answer = None
            if not turn.over:
                await answer.aclose()

    def _take(self, turn: Turn, view: TurnView, event: AnswerEvent) -> None:
        if isinstance(event, RoutedMix):
            turn.routed = event
            view.refresh_head()
        elif isinstance(event, Progress):
            turn.read = event.fraction
            view.refresh_head()
        elif isinstance(event, Token):
            if turn.read < 1:
                turn.read = 1.0
                view.refresh_head()
            turn.text += event.text
            turn.tokens = event.tokens
            view.write(event.text)
        elif isinstance(event, Done):
            turn.finish(event)
        self._heard(event)

    async def cancel(self) -> bool:
        """Stop the running answer, else drop the last queued question. False when there is neither."""
        if self._answer is not None:
            await self._answer.cancel()
            return True
        turn = self.turns[-1] if self.turns else None
        if turn is None or turn.state != "queued":
            return False
        turn.state = "cancelled"
        await self._views(turn).finish()
        return True

    async def regenerate(self) -> bool:
        """Queue the last question again. False when there is none, or it still runs."""
        turn = self.last_over
        if turn is None:
            return False
        turn.restart()
        await self._views(turn).restart()
        return True

    def clear(self) -> None:
        """A new chat. The caller has stopped the pump."""
        self.turns.clear()
