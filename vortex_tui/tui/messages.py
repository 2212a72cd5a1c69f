"""What widgets and the engine tell the screen."""

from __future__ import annotations

from textual.message import Message

from vortex_tui.engine.api import EngineState

# The group of the worker that benches.
BENCH = "bench"
# Those of the workers that judge a candidate, and that decide about one.
JUDGE = "judge"
DECIDE = "decide"


class Submitted(Message):
    """A question was sent from the prompt."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class EngineChanged(Message):
    """The engine's state has changed."""

    def __init__(self, state: EngineState) -> None:
        super().__init__()
        self.state = state


class Looked(Message):
    """The doctor has finished another check."""


class Loaded(Message):
    """The profile's weights are loaded."""


class LoadFailed(Message):
    """The profile could not be loaded; the session keeps the reason."""
