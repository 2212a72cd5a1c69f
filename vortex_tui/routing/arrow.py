"""Mode ``arrow``: which expert's weights a prompt's activations point along, and nothing else.

Ostapenko et al., "Towards Modular LLMs by Building and Reusing a Library of LoRAs", arXiv 2405.11157.
It needs no exemplars and knows no base: an expert always answers.
"""

from __future__ import annotations

import time

from vortex_tui.routing.decision import Decision, Scored
from vortex_tui.routing.ground import Affinities
from vortex_tui.routing.terms import bounded
from vortex_tui.routing.weighing import Policy, weigh


class Arrow:
    """``affinities`` gives a share for each expert of the bank."""

    mode = "arrow"

    def __init__(self, affinities: Affinities, policy: Policy) -> None:
        self._affinities = affinities
        self._policy = policy

    def decide(self, prompt: str) -> Decision:
        """The experts whose weights a prompt points along."""
        started = time.monotonic_ns()
        shares = dict(self._affinities(bounded(prompt)))
        spent = (time.monotonic_ns() - started) / 1e6
        ranked = sorted(shares, key=lambda name: (-shares[name], name))
        candidates = tuple(Scored(name, shares[name]) for name in ranked)
        reason = f"activations point along {ranked[0]} most"
        return Decision(self.mode, weigh(shares, self._policy), candidates, reason, spent, spent)
