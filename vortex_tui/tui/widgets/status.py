"""The top line: what answers, and what the engine does, with a bar while it loads."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from vortex_tui.engine.api import EngineState, Phase
from vortex_tui.engine.protocol import Ready
from vortex_tui.escape import one_line
from vortex_tui.tui.words import bar

_BAR = 16
_WORDS: dict[Phase, tuple[str, str]] = {
    "stopped": ("○ engine stopped", "$text-muted"),
    "starting": ("◌ starting the engine", "$text-warning"),
    "loading": ("◌ loading", "$text-warning"),
    "ready": ("● ready", "$text-success"),
    "busy": ("● answering", "$text-accent"),
    "restarting": ("◌ restarting the engine", "$text-warning"),
    "failed": ("✗ failed: F4 tells why", "$text-error"),
}


class Status(Static):
    """One line. Nothing in it moves by itself."""

    def __init__(self, profile: str) -> None:
        super().__init__("", id="status")
        self._profile = profile
        self._ready: Ready | None = None
        self._state = EngineState()
        self._waiting = 0
        self._works: dict[str, float] = {}

    def works(self, name: str, share: float | None) -> None:
        """The share of a bench or of gates that is done; None when they do not run."""
        if share is None:
            self._works.pop(name, None)
        else:
            self._works[name] = share
        self.refresh()

    def show(self, state: EngineState, ready: Ready | None, waiting: int) -> None:
        """What the engine does, what is loaded, and how many questions wait."""
        self._state, self._ready, self._waiting = state, ready, waiting
        self.refresh()

    def render(self) -> Content:
        """Left: profile and model. Right: the engine."""
        left, right = self._left(), self._right()
        gap = self.content_size.width - left.cell_length - right.cell_length
        if gap < 1:
            return right
        return Content.assemble(left, " " * gap, right)

    def _left(self) -> Content:
        parts: list[tuple[str, str]] = [("vortex ", "bold $text-primary"), (one_line(self._profile), "")]
        if (ready := self._ready) is not None:
            model = f"  {one_line(ready.model)}·{one_line(ready.quantization)}·{one_line(ready.device)}"
            parts.append((model, "$text-muted"))
        return Content.assemble(*parts)

    def _right(self) -> Content:
        words, style = _WORDS[self._state.phase]
        if self._works and self._state.phase in ("ready", "busy"):
            # The one that began last waits for the others.
            name, share = next(iter(self._works.items()))
            words, style = f"● {name} {share:.0%}", "$text-accent"
        parts = [(words, style)]
        if self._state.phase in ("loading", "restarting"):
            full, empty = bar(self._state.fraction, _BAR)
            parts.append((f" {one_line(self._state.stage)} ".rstrip() + " ", style))
            parts += [(full, "$accent"), (empty, "$text-muted"), (f" {self._state.fraction:4.0%}", style)]
        if self._waiting:
            parts.append((f" · {self._waiting} queued", "$text-muted"))
        return Content.assemble(*parts)
