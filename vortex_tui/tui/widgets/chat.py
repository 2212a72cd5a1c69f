"""The conversation on the screen: turns, the newest at the bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vortex_tui.tui.turn import Turn
from vortex_tui.tui.widgets.turn_block import TurnBlock

if TYPE_CHECKING:
    from vortex_tui.tui.widgets.old_turn import OldTurn

# A turn is two messages: ten live messages, the rest as one static widget a turn.
LIVE_TURNS = 5
# Beyond this the oldest leave the screen; the conversation keeps them.
SHOWN_TURNS = 60

_WELCOME = "Ask something. What you type before the model is ready is answered when it is."


class Chat(VerticalScroll):
    """Shows turns and stays at the bottom until it is scrolled away from it."""

    def __init__(self, names: Callable[[], Mapping[str, str]]) -> None:
        super().__init__(id="chat")
        self.border_title = "Chat"
        self._names = names
        self._blocks: dict[Turn, TurnBlock] = {}
        self._old: dict[Turn, OldTurn] = {}
        self._hidden = 0

    def compose(self) -> ComposeResult:
        """The words an empty chat has."""
        yield Static(_WELCOME, id="welcome", markup=False)
        yield Static("", id="pruned")

    def on_mount(self) -> None:
        """Follow the newest text."""
        self.anchor()

    def block(self, turn: Turn) -> TurnBlock:
        """The widget of one of the last turns, or of one that is not over."""
        return self._blocks[turn]

    def refresh_foot(self, turn: Turn) -> None:
        """Show what was said of a turn's answer, while it is among the last."""
        if turn in self._blocks:
            self._blocks[turn].refresh_foot()

    async def add(self, turn: Turn) -> None:
        """Show a new turn, and make old ones cheap."""
        self.query_one("#welcome").display = False
        block = self._blocks[turn] = TurnBlock(turn, self._names)
        await self.mount(block)
        self.anchor()
        await self._tidy()

    async def _tidy(self) -> None:
        for turn in [turn for turn in self._blocks if turn.over][:-LIVE_TURNS]:
            await self._age(turn)
        for turn in list(self._old)[: max(len(self._old) - SHOWN_TURNS, 0)]:
            await self._old.pop(turn).remove()
            self._hidden += 1
        self._tell_hidden()

    async def _age(self, turn: Turn) -> None:
        from vortex_tui.tui.widgets.old_turn import OldTurn

        block = self._blocks.pop(turn)
        old = self._old[turn] = OldTurn(turn, self._names(), dark=self.app.current_theme.dark)
        with self.app.batch_update():
            await self.mount(old, before=block)
            await block.remove()

    def _tell_hidden(self) -> None:
        note = self.query_one("#pruned", Static)
        note.display = self._hidden > 0
        note.update(Content(f"{self._hidden} earlier turns are not shown"))

    async def clear(self) -> None:
        """An empty chat."""
        self._blocks.clear()
        self._old.clear()
        self._hidden = 0
        self._tell_hidden()
        await self.query(".turn, .old-turn").remove()
        self.query_one("#welcome").display = True
