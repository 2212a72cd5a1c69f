"""What an answer should have been."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from vortex_tui.escape import visible
from vortex_tui.tui.widgets.plain_area import PlainArea

_KEYS = "^s keeps it as the right answer · Esc leaves everything as it is"


class CorrectionScreen(ModalScreen[str | None]):
    """Gives the edited text; None when it was left, is empty, or says what the answer said."""

    CSS_PATH = "correction.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep", show=False, priority=True),
        Binding("escape", "leave", "Leave", show=False, priority=True),
    ]

    def __init__(self, answer: str) -> None:
        super().__init__()
        self._answer = visible(answer)
        self._area = PlainArea(self._answer, soft_wrap=True, tab_behavior="focus", show_line_numbers=False)

    def compose(self) -> ComposeResult:
        """The answer to be edited, and the keys."""
        with Vertical(id="correction") as box:
            box.border_title = "What the answer should have been"
            yield self._area
            yield Static(_KEYS, id="correction-keys", markup=False)

    def action_keep(self) -> None:
        """Close with the text."""
        text = self._area.text.strip()
        self.dismiss(text if text and text != self._answer.strip() else None)

    def action_leave(self) -> None:
        """Close without."""
        self.dismiss(None)
