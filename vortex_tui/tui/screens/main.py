"""The main screen: status, bank, conversation, prompt, gauges."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import Footer
from textual.worker import WorkerCancelled

from vortex_tui.engine.api import AnswerEvent, EngineState
from vortex_tui.engine.protocol import Done, RoutedMix
from vortex_tui.errors import VortexError
from vortex_tui.escape import visible
from vortex_tui.tui.actions import bindings
from vortex_tui.tui.conversation import Conversation
from vortex_tui.tui.marking import Marking
from vortex_tui.tui.messages import EngineChanged, Submitted
from vortex_tui.tui.readings import Readings
from vortex_tui.tui.session import Session
from vortex_tui.tui.turn import Turn
from vortex_tui.tui.widgets.bank import Bank
from vortex_tui.tui.widgets.chat import Chat
from vortex_tui.tui.widgets.gauges import Gauges
from vortex_tui.tui.widgets.prompt import Prompt
from vortex_tui.tui.widgets.status import Status

if TYPE_CHECKING:
    from vortex_tui.learning.feedback import Mark

_ANSWERS = "answers"
NOTHING = "There is no finished answer to mark yet."


class MainScreen(Screen[None]):
    """Where one chats. Widgets show; the conversation asks; this passes one to the other."""

    AUTO_FOCUS = "#prompt"
    # Textual declares it in a way that a ClassVar here would contradict.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = bindings("chat")

    def __init__(self, session: Session, readings: Readings, data_dir: Path | None = None) -> None:
        super().__init__(id="main")
        self._session = session
        self._readings = readings
        self._status = Status(session.profile.name)
        self._bank = Bank()
        self._chat = Chat(lambda: session.names)
        self._prompt = Prompt()
        self._gauges = Gauges(readings)
        self.conversation = Conversation(session, self._chat.block, self._heard)
        self._marking = Marking(session, self.conversation, data_dir)

    def compose(self) -> ComposeResult:
        """One tree for both forms; the styles place it."""
        yield self._status
        with Container(id="body"):
            yield self._bank
            with Vertical(id="middle"):
                yield self._chat
                yield self._prompt
            yield self._gauges
        yield Footer(compact=True, show_command_palette=True)

    # --- the engine ---------------------------------------------------------

    def on_engine_changed(self, event: EngineChanged) -> None:
        """Show the state; answer what waits as soon as the engine can."""
        self._show_state(event.state)
        if event.state.phase in ("ready", "busy"):
            self._pump()

    def loaded(self) -> None:
        """The bank and the context are known."""
        session, readings = self._session, self._readings
        readings.context_total = session.ready.ctx_tokens if session.ready else None
        readings.context_used = readings.context_used or 0
        self.show_bank()
        self._show_state(session.engine.state)
        self._gauges.refresh()
        self._pump()

    def show_bank(self) -> None:
        """The experts as the session knows them."""
        session = self._session
        self._bank.show(session.experts, session.names, session.ready.notes if session.ready else ())

    def show_work(self, name: str, share: float | None) -> None:
        """How far a bench is, or the gates are, which the questions wait for; None when they do not run."""
        self._status.works(name, share)
        self._show_state(self._session.engine.state)

    def _show_state(self, state: EngineState) -> None:
        waiting = sum(turn.state == "queued" for turn in self.conversation.turns)
        self._status.show(state, self._session.ready, waiting)

    def show_readings(self) -> None:
        """Draw the gauges again, and what the engine warns of."""
        self._gauges.refresh()
        stats = self._readings.stats
        self._bank.warn(stats.warnings if stats else ())

    # --- the conversation ---------------------------------------------------

    async def on_submitted(self, event: Submitted) -> None:
        """Show the question at once, and answer it when the engine can."""
        turn = Turn(event.text)
        await self._chat.add(turn)
        self.conversation.add(turn)
        self._pump()

    def _pump(self) -> None:
        self._show_state(self._session.engine.state)
        self.run_worker(self._answer(), group=_ANSWERS)

    async def _answer(self) -> None:
        await self.conversation.pump()
        if self.conversation.running is None:
            self._readings.stopped()
            self._gauges.refresh()
        self._show_state(self._session.engine.state)

    def _heard(self, event: AnswerEvent) -> None:
        self._readings.heard(event)
        if isinstance(event, RoutedMix):
            self._bank.decided(event)
            self._count()
        if isinstance(event, (RoutedMix, Done)):
            self._gauges.refresh()

    def _count(self) -> None:
        turn = self.conversation.running
        if turn is not None:
            self.run_worker(self._count_prompt(turn), group="count", exclusive=True)

    async def _count_prompt(self, turn: Turn) -> None:
        tokens = await self._session.count(self.conversation.prompt(turn))
        if tokens and turn.state == "running":
            self._readings.asked(tokens)

    # --- actions ------------------------------------------------------------

    def show_chat(self) -> None:
        """The conversation, with the prompt ready for typing."""
        self.remove_class("-bank")
        self._prompt.focus()

    def toggle_bank(self) -> None:
        """On a narrow screen the bank takes the conversation's place, and gives it back."""
        self.toggle_class("-bank")
        self._prompt.focus()

    async def action_stop(self) -> None:
        """Cancel the running answer, or drop the last question that waits."""
        try:
            await self.conversation.cancel()
        except VortexError as error:
            self.notify(visible(error.message), severity="error", markup=False)
        self._show_state(self._session.engine.state)

    async def action_regenerate(self) -> None:
        """Ask the last question again."""
        if await self.conversation.regenerate():
            self._pump()
        else:
            self.notify("There is no finished answer to make again.", severity="warning", markup=False)

    async def action_new_chat(self) -> None:
        """Stop what runs and start with an empty conversation."""
        for worker in self.workers.cancel_group(self, _ANSWERS):
            with suppress(WorkerCancelled):
                await worker.wait()
        self.conversation.clear()
        self._readings.new_chat()
        self._bank.decided(None)
        await self._chat.clear()
        self.show_chat()
        self._show_state(self._session.engine.state)

    def action_copy_answer(self) -> None:
        """Offer the last answer to the terminal; whether it takes it cannot be known."""
        text = self.conversation.last_answer
        if not text:
            self.notify("There is no answer to copy yet.", severity="warning", markup=False)
            return
        self.app.copy_to_clipboard(visible(text))
        self.notify("Sent to the terminal's clipboard.", markup=False)

    async def action_mark_good(self) -> None:
        """Say that the last answer is good."""
        await self._mark("good")

    async def action_mark_bad(self) -> None:
        """Say that the last answer is bad."""
        await self._mark("bad")

    def action_correct(self) -> None:
        """Edit the last answer into what it should have been."""
        self.run_worker(self._correct(), group="correct", exclusive=True)

    async def _correct(self) -> None:
        from vortex_tui.tui.screens.correction import CorrectionScreen

        turn = self._marking.turn
        if turn is None:
            self.notify(NOTHING, severity="warning", markup=False)
        elif (text := await self.app.push_screen_wait(CorrectionScreen(turn.text))) is not None:
            await self._mark("corrected", turn, text)

    async def _mark(self, mark: Mark, turn: Turn | None = None, correction: str = "") -> None:
        turn = turn or self._marking.turn
        if turn is None:
            self.notify(NOTHING, severity="warning", markup=False)
            return
        told = await self._marking.mark(turn, mark, correction)
        self._chat.refresh_foot(turn)
        if told:
            self.notify(visible(told), title="Feedback", severity="warning", markup=False, timeout=15)

    def action_scroll_up(self) -> None:
        """A page up in the conversation."""
        self._chat.scroll_page_up(animate=False)

    def action_scroll_down(self) -> None:
        """A page down in the conversation."""
        self._chat.scroll_page_down(animate=False)
