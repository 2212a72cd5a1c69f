"""What a router says: the mix's weights, and every candidate's score with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

BASE = "base"


@dataclass(frozen=True, slots=True)
class Scored:
    """One candidate. Scores are 0..1: 0 like prompts of others, 1 like the expert's own."""

    expert: str
    score: float
    lexical: float = 0.0
    dense: float = 0.0
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Weights by expert id (none: the base answers), candidates with the best first, and why."""

    mode: str
    weights: dict[str, float]
    candidates: tuple[Scored, ...]
    reason: str
    encoder_ms: float = 0.0
    total_ms: float = 0.0
