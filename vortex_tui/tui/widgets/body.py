"""The text of one answer, live: while it is written and while it is new."""

from __future__ import annotations

from textual.timer import Timer
from textual.widgets import Markdown

from vortex_tui.escape import visible
from vortex_tui.tui.safe_markdown import parser

# Each flush parses the last block again: 16 a second look fluent and leave the loop free.
FLUSHES_PER_SECOND = 16


class Body(Markdown):
    """Streamed Markdown. Pieces are buffered and flushed together; ``finish`` shows the whole text."""

    def __init__(self) -> None:
        # A link in an answer is not opened by a click: it is foreign text.
        super().__init__(parser_factory=parser, open_links=False)
        self._pending: list[str] = []
        self._flusher: Timer | None = None

    def on_mount(self) -> None:
        """Start flushing."""
        self._flusher = self.set_interval(1 / FLUSHES_PER_SECOND, self._flush)

    def write(self, text: str) -> None:
        """Take a piece of the answer; it is shown at the next flush."""
        self._pending.append(text)

    async def _flush(self) -> None:
        if self._pending:
            text = visible("".join(self._pending))
            self._pending.clear()
            await self.append(text)

    async def finish(self, text: str) -> None:
        """Stop flushing and show ``text``: a fence body can be lost while it streams."""
        if self._flusher is not None:
            self._flusher.stop()
        self._pending.clear()
        await self.update(visible(text))
