"""A piece of a document as a prompt and its response, before anything is known of its file."""

from __future__ import annotations

from dataclasses import dataclass

from vortex_tui.corpora.example import Turn
from vortex_tui.corpora.left_out import Reason


@dataclass(frozen=True, slots=True)
class Piece:
    """A prompt, a response, and where in the document they are; ``license`` is the piece's own."""

    prompt: str
    response: str
    part: str
    license: str = ""
    kind: str = ""
    messages: tuple[Turn, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A piece that is no example, and why."""

    part: str
    reason: Reason
    why: str


class Unreadable(Exception):  # noqa: N818  it says what a file is, and the file is left out
    """Nothing can be drawn from the whole file; ``reason`` and the message say why."""

    def __init__(self, reason: Reason, why: str) -> None:
        super().__init__(why)
        self.reason = reason
