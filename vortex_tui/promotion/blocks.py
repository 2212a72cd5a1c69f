"""Two things timed in turn, A B B A, so that a slow minute falls on both: is B slower, or is that noise?"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from vortex_tui.bench.resample import DECIDING, interval
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.report import Gate, GateVerdict
from vortex_tui.promotion.verdict import TITLES

# Tokens/s of one block in the order they were measured: A, B, B, A.
Block = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Ratio:
    """B's speed as a share of A's: the median over blocks, bounded with 99 %; None where a time was odd."""

    value: float | None
    low: float | None
    high: float | None
    blocks: int


def ratio(blocks: Sequence[Block]) -> Ratio:
    """The ratio of paired block medians, on logarithms, neighbouring blocks resampled together."""
    if not blocks or not all(math.isfinite(rate) and rate > 0 for block in blocks for rate in block):
        return Ratio(None, None, None, len(blocks))
    logs = [
        math.log(statistics.median(block[1:3])) - math.log(statistics.median((block[0], block[3])))
        for block in blocks
    ]
    low, high = interval(logs, DECIDING)
    found = [math.exp(one) for one in (statistics.median(logs), low, high)]
    return Ratio(found[0], found[1], found[2], len(blocks))


def holds(found: Ratio, share: float) -> bool:
    """Whether the interval holds this share, so that more blocks could still decide."""
    return found.low is not None and found.high is not None and found.low <= share <= found.high


def speed(alike: Sequence[Block], apart: Sequence[Block], against: str, least: float, policy: Policy) -> Gate:
    """The gate ``speed``: ``alike`` is A against itself, ``apart`` A against the candidate.

    Where a thing differs from itself the machine is too unquiet to say anything of two.
    """
    same, found = ratio(alike), ratio(apart)
    verdict, reason = _judged(same, found, least, policy.blocks)
    return Gate(
        id="speed", title=TITLES["speed"], verdict=verdict, value=found.value, low=found.low, high=found.high,
        threshold=least, unit="×", samples=found.blocks, reason=f"against {against}: {reason}",
        details={"a_a": [same.value, same.low, same.high], "against": against},
    )  # fmt: skip


def _judged(same: Ratio, found: Ratio, least: float, blocks: int) -> tuple[GateVerdict, str]:
    if same.low is not None and not holds(same, 1.0):
        return "inconclusive", f"the machine is unquiet: one expert against itself is {_told(same)}"
    if min(same.blocks, found.blocks) < blocks:
        return "inconclusive", f"{min(same.blocks, found.blocks)} of {blocks} blocks were timed"
    if same.low is None or found.low is None or found.high is None:
        return "inconclusive", "an answer had no usable time"
    words = f"{_told(found)} of its speed in {found.blocks} blocks, at least {least:.2f} wanted"
    if found.low >= least:
        return "pass", words
    return ("fail", words) if found.high < least else ("inconclusive", words)


def _told(one: Ratio) -> str:
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"
