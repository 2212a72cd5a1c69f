"""From probabilities to the weights of a mix: one expert unless more are about as likely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vortex_tui.experts.mix import normalised

# How likely another expert must be, as a share of the likeliest, to have a part in the mix.
AMBIGUOUS = 0.3


@dataclass(frozen=True, slots=True)
class Policy:
    """At most ``top_k`` experts; ``temperature`` of the softmax over their log-probabilities."""

    top_k: int = 2
    temperature: float = 1.0


def weigh(probabilities: Mapping[str, float], policy: Policy) -> dict[str, float]:
    """Weights in steps of 0.05 that sum to 1; none for none."""
    ranked = sorted(probabilities.items(), key=lambda item: (-item[1], item[0]))
    least = AMBIGUOUS * ranked[0][1] if ranked else 0.0
    chosen = {name: share for name, share in ranked[: policy.top_k] if share > 0.0 and share >= least}
    best = max(chosen.values(), default=1.0)
    return normalised({name: (share / best) ** (1 / policy.temperature) for name, share in chosen.items()})
