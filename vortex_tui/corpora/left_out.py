"""What did not become an example, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "duplicate",
    "near-duplicate",
    "between splits",
    "too short",
    "too long",
    "not a pair",
    "hidden",
    "link",
    "not a file",
    "too large",
    "binary",
    "unreadable",
    "unknown kind",
    "licence",
    "not UTF-8",
    "encrypted",
    "damaged",
    "nothing in it",
]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or with ``whole`` False a piece of one, that was left out; ``why`` is for people."""

    source: str
    reason: Reason
    why: str
    part: str = ""
    whole: bool = False

    def told(self) -> dict[str, str]:
        """As plain values."""
        return {"source": self.source, "part": self.part, "why": self.why}
