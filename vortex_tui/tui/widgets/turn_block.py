"""One question with its answer: header, body, figures, and the error when there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import AwaitMount
from textual.widgets import Static

from vortex_tui.escape import visible
from vortex_tui.tui.turn import Turn
from vortex_tui.tui.widgets.error_block import ErrorBlock
from vortex_tui.tui.words import foot_words, indented, mix_words

if TYPE_CHECKING:
    from vortex_tui.tui.widgets.body import Body


class TurnBlock(Vertical):
    """Shows a turn. ``names`` gives the experts' short names when they are known."""

    def __init__(self, turn: Turn, names: Callable[[], Mapping[str, str]]) -> None:
        super().__init__(classes="turn")
        self.turn = turn
        self._names = names
        self._body: Body | None = None
        self._mounted: AwaitMount | None = None
        self._head = Static(self._head_words(), classes="turn-head")
        self._foot = Static("", classes="turn-foot")

    def compose(self) -> ComposeResult:
        """Question, header and figures; the body comes with the first words."""
        words = Content(indented(visible(self.turn.question)))
        question = Content.assemble(("▌you   ", "bold $text-primary"), words)
        yield Static(question, classes="turn-question")
        yield self._head
        yield self._foot

    def _head_words(self) -> Content:
        return Content.assemble(("▌asst  ", "bold $text-accent"), (self._mix_or_wait(), "$text-muted"))

    def _mix_or_wait(self) -> str:
        turn = self.turn
        if turn.routed is not None:
            reading = f" · reading the prompt {turn.read:.0%}" if turn.read < 1 and not turn.text else ""
            return mix_words(turn.routed.mix, self._names()) + reading
        waits = {"queued": "queued: answered as soon as the model can", "running": "routing …"}
        return waits.get(turn.state, "")

    def refresh_head(self) -> None:
        """Show the turn's state or mix."""
        self._head.update(self._head_words())

    def write(self, text: str) -> None:
        """More of the answer."""
        if self._body is None:
            self._body, self._mounted = self._mount_body()
        self._body.write(text)

    def _mount_body(self) -> tuple[Body, AwaitMount]:
        # Markdown is imported with the first answer: the first paint does not wait for it.
        from vortex_tui.tui.widgets.body import Body

        body = Body()
        return body, self.mount(body, before=self._foot)

    async def finish(self) -> None:
        """Show the whole turn, once more and finally."""
        turn = self.turn
        self.refresh_head()
        if turn.text and self._body is None:
            self._body, self._mounted = self._mount_body()
        if self._body is not None and self._mounted is not None:
            # A Markdown widget empties itself when it is mounted: an answer can be over before that.
            await self._mounted
            await self._body.finish(turn.text)
        if turn.error is not None:
            await self.mount(ErrorBlock(turn.error), before=self._foot)
        self.refresh_foot()

    def refresh_foot(self) -> None:
        """Show the figures, and what was said of the answer."""
        self._foot.update(Content(foot_words(self.turn)))

    async def restart(self) -> None:
        """Take the answer back: the question is asked again."""
        self._body = None
        await self.query("Body, ErrorBlock").remove()
        self._foot.update("")
        self.refresh_head()
