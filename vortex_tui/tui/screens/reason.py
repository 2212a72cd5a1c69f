"""Why a candidate is rejected: a line that the ledger keeps."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class ReasonScreen(ModalScreen[str | None]):
    """Gives the typed reason, None for Esc; an empty one is none."""

    CSS_PATH = "reason.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close", show=False)]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and a line to type on."""
        with Vertical(id="reason"):
            yield Static(Content(self._question))
            yield Input(placeholder="the reason; Enter writes it, Esc does nothing", max_length=500)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A reason closes; nothing typed does not."""
        if event.value.strip():
            self.dismiss(event.value.strip())
