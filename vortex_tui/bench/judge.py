"""Is it slower, or was the machine noisy? A verdict for each threshold, from numbers alone.

A regression is called only where the whole interval of the ratio lies beyond the threshold; an interval that
holds the threshold is inconclusive, and so is everything that cannot be judged: nothing passes by being odd.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vortex_tui.bench.parts import Judged, Judgement, ThresholdName, Verdict
from vortex_tui.bench.resample import DECIDING, interval, ratio
from vortex_tui.settings import BenchThresholds

# Of benches of what has not changed, on a machine that has not: at most so many are called a regression, for
# any max_regression of 0.05 or more. tests/bench/test_judge.py holds it on generated traces; docs/bench.md.
FALSE_ALARM_RATE = 0.02
# Fewer runs resample to a handful of medians.
FEWEST = 5
# With fewer runs than that only what is this many times off on every run is decided.
_FAR = 2.0
# A fall of exactly the threshold is allowed, whatever the last bit says.
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Measured:
    """What a bench hands in: tokens/s of each run in order, the loaded context, VRAM or why there is none.

    With ``mock`` nano stood in: the profile's rules are applied to what it did, and every reason says so.
    """

    rates: tuple[float, ...]
    ctx_tokens: int
    vram_peak_mb: float | None
    no_vram: str = ""
    mock: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """What it is held against: the baseline's runs in order and their date, or why there are none."""

    rates: tuple[float, ...] = ()
    created: str = ""
    absence: str = ""


def judge(measured: Measured, reference: Reference, limits: BenchThresholds) -> Judgement:
    """A verdict on every threshold, and the one that follows from them."""
    judged: tuple[Judged, ...] = (
        at_least(measured.rates, limits.min_tokens_per_sec),
        _against(measured, reference, limits.max_regression),
        _memory(measured, limits.max_vram_peak_mb),
        _context(measured.ctx_tokens, limits.required_ctx),
    )
    if measured.mock:
        judged = tuple(_of_nano(one) for one in judged)
    return Judgement(
        verdict=overall(one.verdict for one in judged),
        thresholds=judged,
        baseline=reference.created or None,
        false_alarm_rate=FALSE_ALARM_RATE,
    )


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest; ``not_applicable`` only where nothing could be judged."""
    found = set(verdicts)
    gravest: tuple[Verdict, ...] = ("fail", "inconclusive", "pass")
    return next((one for one in gravest if one in found), "not_applicable")


def regression(baseline: Sequence[float], candidate: Sequence[float], allowed: float) -> Judged:
    """Whether ``candidate`` lost more than the share ``allowed`` of ``baseline``; tokens/s in run order."""
    name: ThresholdName = "max_regression"
    for whose, rates in (("the baseline", baseline), ("this bench", candidate)):
        if oddity := _oddity(rates):
            return _undecided(name, allowed, f"{whose} has {oddity}")
        if len(rates) < FEWEST:
            return _undecided(name, allowed, f"{whose} has {len(rates)} of at least {FEWEST} runs")
    middle = statistics.median(candidate)
    share = middle / statistics.median(baseline)
    low, high = ratio(candidate, baseline)
    words = f"{share:.2f} of the baseline ({low:.2f} to {high:.2f}), wanted {1 - allowed:.2f}"
    return _placed(name, allowed, middle, (share, low, high), 1 - allowed, words)


def at_least(rates: Sequence[float], minimum: float) -> Judged:
    """Whether the median of ``rates`` (tokens/s, in run order) reaches ``minimum``."""
    name: ThresholdName = "min_tokens_per_sec"
    if oddity := _oddity(rates):
        return _undecided(name, minimum, f"this bench has {oddity}")
    middle = statistics.median(rates)
    if minimum == 0:
        return Judged(threshold=name, verdict="pass", limit=0, value=middle, reason="no minimum is asked for")
    if len(rates) < FEWEST:
        return _at_a_glance(rates, minimum)
    low, high = interval(rates, DECIDING)
    words = f"{middle:.1f} tokens/s ({low:.1f} to {high:.1f}), wanted {minimum:g}"
    return _placed(name, minimum, middle, (middle / minimum, low / minimum, high / minimum), 1.0, words)


def _at_a_glance(rates: Sequence[float], minimum: float) -> Judged:
    middle = statistics.median(rates)
    name: ThresholdName = "min_tokens_per_sec"
    words = f"{middle:.1f} tokens/s in {len(rates)} runs, wanted {minimum:g}"
    if min(rates) >= minimum * _FAR:
        return Judged(threshold=name, verdict="pass", limit=minimum, value=middle, reason=words)
    if max(rates) < minimum / _FAR:
        return Judged(threshold=name, verdict="fail", limit=minimum, value=middle, reason=words)
    return _undecided(name, minimum, f"{words}; so near, {FEWEST} runs decide", middle)


def _placed(
    name: ThresholdName,
    limit: float,
    value: float,
    bounds: tuple[float, float, float],
    wanted: float,
    words: str,
) -> Judged:
    """``bounds``: a ratio and its interval, which pass where they are ``wanted`` or more."""
    share, low, high = bounds
    # An interval that overflows or is of nothing bounds nothing.
    if not all(math.isfinite(one) for one in bounds):
        return _undecided(name, limit, "the figures are too far apart to be compared", value)
    verdict: Verdict = "inconclusive"
    if low >= wanted - _SLACK:
        verdict = "pass"
    elif high < wanted - _SLACK:
        verdict = "fail"
    return Judged(
        threshold=name,
        verdict=verdict,
        limit=limit,
        value=value,
        ratio=share,
        low=low,
        high=high,
        reason=words,
    )


def _undecided(name: ThresholdName, limit: float, reason: str, value: float | None = None) -> Judged:
    return Judged(threshold=name, verdict="inconclusive", limit=limit, value=value, reason=reason)


def _oddity(rates: Sequence[float]) -> str:
    """What no clock that runs evenly can have measured; empty for sound rates."""
    if not rates:
        return "no runs"
    odd = sum(not (math.isfinite(rate) and rate > 0) for rate in rates)
    return f"{odd} of {len(rates)} runs without a usable time: the clock jumped" if odd else ""


def _against(measured: Measured, reference: Reference, allowed: float) -> Judged:
    if reference.absence:
        return Judged(
            threshold="max_regression", verdict="not_applicable", limit=allowed, reason=reference.absence
        )
    return regression(reference.rates, measured.rates, allowed)


def _of_nano(one: Judged) -> Judged:
    return one.model_copy(update={"reason": f"{one.reason}; --mock: nano stood in"})


def _memory(measured: Measured, limit: int) -> Judged:
    name: ThresholdName = "max_vram_peak_mb"
    if measured.no_vram:
        return Judged(threshold=name, verdict="not_applicable", limit=limit, reason=measured.no_vram)
    peak = measured.vram_peak_mb
    if peak is None or not (math.isfinite(peak) and peak > 0):
        return _undecided(name, limit, "there is a GPU, and its memory was not measured")
    words = f"{peak:.0f} MiB at the peak, at most {limit} wanted"
    return Judged(
        threshold=name, verdict="pass" if peak <= limit else "fail", limit=limit, value=peak, reason=words
    )


def _context(tokens: int, required: int) -> Judged:
    words = f"{tokens} tokens of context, at least {required} wanted"
    verdict: Verdict = "pass" if tokens >= required else "fail"
    return Judged(threshold="required_ctx", verdict=verdict, limit=required, value=tokens, reason=words)
