"""A turn that is some way up: one widget, because a hundred live ones make typing slow."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.markdown import Markdown as RichMarkdown
from rich.padding import Padding
from rich.text import Text
from textual.widgets import Static

from vortex_tui.escape import visible
from vortex_tui.tui.safe_markdown import parser
from vortex_tui.tui.turn import Turn
from vortex_tui.tui.words import foot_words, indented, mix_words


def _markdown(text: str, *, dark: bool) -> RenderableType:
    # A terminal link would carry an address of the model's choosing.
    shown = RichMarkdown("", code_theme="monokai" if dark else "default", hyperlinks=False)
    shown.parsed = parser().parse(visible(text))
    return Padding(shown, (0, 0, 0, 2))


def _parts(turn: Turn, names: Mapping[str, str], *, dark: bool) -> list[RenderableType]:
    mix = mix_words(turn.routed.mix, names) if turn.routed else ""
    parts: list[RenderableType] = [
        Text.assemble(("▌you   ", "bold"), indented(visible(turn.question))),
        Text.assemble(("▌asst  ", "bold"), (mix, "dim")),
    ]
    if turn.text.strip():
        parts.append(_markdown(turn.text, dark=dark))
    if turn.error is not None:
        parts.append(Text("  " + visible(str(turn.error)).replace("\n", "\n  ")))
    if foot := foot_words(turn):
        parts.append(Text("  " + foot, "dim"))
    return parts


class OldTurn(Static):
    """Shows a turn that is over. It does not change any more."""

    def __init__(self, turn: Turn, names: Mapping[str, str], *, dark: bool) -> None:
        super().__init__(Group(*_parts(turn, names, dark=dark)), classes="old-turn")
