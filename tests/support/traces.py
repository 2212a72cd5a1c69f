"""Timing traces: tokens/s of consecutive runs, generated with the kinds of noise that machines make."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vortex_tui.bench.judge import regression
from vortex_tui.bench.parts import Verdict

# Spread of single runs (log scale), how much of it the next run keeps, and the share of runs that stumble.
NOISES = {
    "calm": (0.03, 0.0, 0.0),
    "noisy": (0.1, 0.0, 0.0),
    "wide": (0.4, 0.0, 0.0),
    "sticky": (0.1, 0.5, 0.0),
    "stumbling": (0.05, 0.0, 0.2),
}


def trace(rng: np.random.Generator, runs: int, noise: str, speed: float = 100.0) -> tuple[float, ...]:
    """``runs`` rates around ``speed``; a stumbling run loses 20 to 70 %."""
    spread, kept, share = NOISES[noise]
    fresh = rng.normal(0.0, 1.0, runs)
    walk = [fresh[0]]
    for step in fresh[1:]:
        walk.append(kept * walk[-1] + (1 - kept**2) ** 0.5 * step)
    stumbles = np.where(rng.random(runs) < share, rng.uniform(0.3, 0.8, runs), 1.0)
    rates = speed * np.exp(spread * np.asarray(walk)) * stumbles
    return tuple(float(rate) for rate in rates)


def looked_at(baseline: Sequence[float], candidate: Sequence[float], allowed: float) -> Verdict:
    """The verdict as a bench comes to it: at 5, 10 and 20 runs, as soon as it is not open."""
    verdict: Verdict = "inconclusive"
    for runs in (5, 10, 20):
        verdict = regression(baseline, candidate[:runs], allowed).verdict
        if verdict != "inconclusive":
            break
    return verdict
