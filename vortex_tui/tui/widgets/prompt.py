"""Where a question is typed: enter sends, shift+enter or ctrl+j makes a new line."""

from __future__ import annotations

from textual.events import Key

from vortex_tui.tui.messages import Submitted
from vortex_tui.tui.widgets.plain_area import PlainArea


class Prompt(PlainArea):
    """A text area that grows with its text. An empty question is not sent."""

    def __init__(self) -> None:
        super().__init__(
            id="prompt",
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
        )
        self.border_title = "Prompt — enter send · shift+enter / ctrl+j newline"

    async def _on_key(self, event: Key) -> None:
        # Not bindings: those would run before the keys typed just earlier, which are still queued here.
        does = {"enter": self.send, "shift+enter": self.newline, "ctrl+j": self.newline}.get(event.key)
        if does is None:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        does()

    def send(self) -> None:
        """Send the text, unless there is none."""
        # Indentation of the first line may matter; empty lines around do not.
        text = self.text.rstrip().lstrip("\n")
        if text:
            self.clear()
            self.post_message(Submitted(text))

    def newline(self) -> None:
        """A new line at the cursor, in place of what is selected."""
        start, end = self.selection
        self.replace("\n", start, end)
