"""What a router says: the mix's weights, and every candidate's probability with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BASE = "base"


@dataclass(frozen=True, slots=True)
class Scored:
    """One candidate: ``score`` is 0..1, in a mode with a fitted head the probability that it beats the base.

    ``lexical`` and ``dense``: cosine to the mean of its exemplars, by terms and by the encoder.
    ``nearest``: its exemplars most like the prompt. ``features``: what the head was given.
    """

    expert: str
    score: float
    lexical: float = 0.0
    dense: float = 0.0
    nearest: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Weights by expert id (none: the base answers), candidates with the best first, and why.

    ``called_for``: the probability that some expert should answer; ``threshold``: what it had to exceed.
    """

    mode: str
    weights: dict[str, float]
    candidates: tuple[Scored, ...]
    reason: str
    encoder_ms: float = 0.0
    total_ms: float = 0.0
    threshold: float = 0.0
    called_for: float = 0.0
