"""One question and its answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from vortex_tui.engine.protocol import ChatMessage, Done, RoutedMix
from vortex_tui.errors import VortexError

if TYPE_CHECKING:
    from vortex_tui.learning.feedback import Mark

TurnState = Literal["queued", "running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Marked:
    """What a person said of an answer; ``kept``: it is on the disk, to be learned from."""

    mark: Mark
    kept: bool


@dataclass(slots=True, eq=False)
class Turn:
    """A question, what was answered so far, and how it ended. Texts are as they came: not escaped.

    ``read`` is the share of a long prompt that the model has read.
    """

    question: str
    state: TurnState = "queued"
    text: str = ""
    tokens: int = 0
    read: float = 1.0
    routed: RoutedMix | None = None
    done: Done | None = None
    error: VortexError | None = None
    marked: Marked | None = None
    # Of this answer: one that is made again is another.
    answer: str = field(default_factory=lambda: secrets.token_hex(8))

    def restart(self) -> None:
        """Forget the answer and queue the question again."""
        self.state, self.text, self.tokens = "queued", "", 0
        self.read = 1.0
        self.routed = self.done = self.error = self.marked = None
        self.answer = secrets.token_hex(8)

    def finish(self, done: Done) -> None:
        """The engine's last word; its text is the whole answer."""
        self.done = done
        self.text = done.text or self.text
        self.state = "cancelled" if done.finish_reason == "cancelled" else "done"

    def fail(self, error: VortexError) -> None:
        """The engine refused or died; what had been said is kept."""
        self.error = error
        self.state = "failed"
        partial = str(getattr(error, "partial", ""))
        self.text = max(self.text, partial, key=len)

    @property
    def over(self) -> bool:
        """True when nothing more will come."""
        return self.state in ("done", "cancelled", "failed")

    def messages(self) -> tuple[ChatMessage, ...]:
        """This turn as the next prompt's past. A turn without an answer is no part of it."""
        if self.state not in ("done", "cancelled") or not self.text:
            return ()
        return (
            ChatMessage(role="user", content=self.question),
            ChatMessage(role="assistant", content=self.text),
        )
