"""One held prompt, with the champion's answer and the candidate's side by side."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from vortex_tui.escape import visible
from vortex_tui.promotion.report import Sample

_LABEL = "$text-muted"


class SamplePair(Vertical):
    """``before`` names who answers without the candidate."""

    def __init__(self, sample: Sample, place: str, before: str) -> None:
        super().__init__(classes="sample-pair")
        self._sample = sample
        self._place = place
        self._before = before

    def compose(self) -> ComposeResult:
        """The question and the right answer above, the two answers below."""
        sample = self._sample
        asked = Content.assemble((f"{self._place}  ", _LABEL), (visible(sample.prompt), "bold"))
        right = Content.assemble(("right  ", _LABEL), visible(sample.expected))
        yield Static(Content("\n").join([asked, right]))
        with Horizontal():
            yield Static(_answer(self._before, sample.champion, sample.expected))
            yield Static(_answer("the candidate", sample.candidate, sample.expected))


def _answer(who: str, text: str, expected: str) -> Content:
    """An answer under its name; where it is not the right one word by word, that is all that is said."""
    same = text.strip() == expected.strip()
    words, style = ("✓ the right answer", "$text-success") if same else ("≠ other words", "$text-warning")
    shown = visible(text) if text.strip() else "(nothing)"
    return Content.assemble((f"{who}  ", "bold $text-primary"), (words, style), "\n", shown)
