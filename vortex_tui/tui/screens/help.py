"""Every key, made from the registry of actions."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from vortex_tui.tui.actions import PROMPT_KEYS, Place, of

_TITLES: tuple[tuple[Place, str], ...] = (
    ("app", "Anywhere"),
    ("chat", "Chat"),
    ("doctor", "Doctor"),
    ("promotion", "Promote"),
    ("bench", "Bench"),
)


def help_content() -> Content:
    """The keys of every place, and those of the prompt."""
    lines: list[Content] = []
    for place, title in _TITLES:
        lines += _section(title, [(action.key_words, action.description) for action in of(place)])
    return Content("\n").join(lines + _section("Prompt", list(PROMPT_KEYS)))


def _section(title: str, rows: list[tuple[str, str]]) -> list[Content]:
    head = Content.styled(title, "bold $text-primary")
    return [head, *(Content.assemble((f"  {keys:<16}", "$text-accent"), words) for keys, words in rows)]


class HelpScreen(ModalScreen[None]):
    """Shown over what one does; escape or F1 closes it."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "dismiss", "Close", show=False)]

    def compose(self) -> ComposeResult:
        """A scroll, for small screens."""
        with VerticalScroll(id="help-view") as view:
            view.border_title = "Keys — Esc closes"
            yield Static(help_content())
