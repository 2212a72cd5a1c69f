"""A text area for text that may be foreign."""

from __future__ import annotations

from textual.events import Paste
from textual.widgets import TextArea

from vortex_tui.escape import visible


class PlainArea(TextArea):
    """What is pasted is foreign: a control character must not reach the terminal from here either."""

    async def _on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        start, end = self.selection
        self.replace(visible(text), start, end)
