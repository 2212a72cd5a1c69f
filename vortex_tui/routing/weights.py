"""From scores to the weights of a mix: the base wins unless an expert is clearly called for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from vortex_tui.experts.mix import normalised

_TEMPERATURE = 0.08


@dataclass(frozen=True, slots=True)
class Policy:
    """``threshold``: the base's own score. ``margin``: who is this near the best shares the mix."""

    top_k: int = 2
    threshold: float = 0.5
    margin: float = 0.1
    single: bool = False


def weigh(scores: Mapping[str, float], policy: Policy) -> dict[str, float]:
    """Weights by expert in steps of 0.05 that sum to 1; empty when the base should answer."""
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] <= policy.threshold:
        return {}
    best = ranked[0][1]
    count = 1 if policy.single else policy.top_k
    chosen = [
        (name, score)
        for name, score in ranked[:count]
        if score > policy.threshold and score >= best - policy.margin
    ]
    return normalised({name: math.exp((score - best) / _TEMPERATURE) for name, score in chosen})
