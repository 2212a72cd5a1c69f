"""What the bench's documents are made of."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

Verdict = Literal["pass", "fail", "inconclusive", "not_applicable"]
ThresholdName = Literal["min_tokens_per_sec", "max_regression", "max_vram_peak_mb", "required_ctx"]


class Part(BaseModel):
    """Base of the parts: immutable, closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Spread(Part):
    """A figure over the measured runs; ``mad`` is the median absolute deviation.

    ``low`` and ``high`` bound the median with 95 %, by resampling; null for a single run.
    """

    runs: int = Field(gt=0)
    median: FiniteFloat
    min: FiniteFloat
    max: FiniteFloat
    mad: FiniteFloat
    low: FiniteFloat | None = Field(description="95 % interval of the median; null for a single run")
    high: FiniteFloat | None
    values: tuple[FiniteFloat, ...] = Field(description="every run, in the order they were measured")


class Judged(Part):
    """One threshold and what was found; ``reason`` says it in words.

    ``ratio`` is measured / limit, or for max_regression measured / baseline; ``low`` and ``high`` bound it
    with 99 %.
    """

    threshold: ThresholdName
    verdict: Verdict
    limit: FiniteFloat
    value: FiniteFloat | None = None
    ratio: FiniteFloat | None = None
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    reason: str


class Judgement(Part):
    """What the thresholds of the profile say about a bench."""

    verdict: Verdict
    thresholds: tuple[Judged, ...]
    baseline: str | None = Field(description="when the baseline was measured; null without one")
    false_alarm_rate: FiniteFloat = Field(description="stated bound: see docs/bench.md")


def spread(values: Sequence[float]) -> Spread:
    """Median, its interval, extremes and median absolute deviation of one value or more."""
    from vortex_tui.bench.resample import interval

    middle = statistics.median(values)
    mad = statistics.median(abs(value - middle) for value in values)
    low, high = interval(values) if len(values) > 1 else (None, None)
    figures = {"median": middle, "min": min(values), "max": max(values), "mad": mad, "low": low, "high": high}
    rounded = {name: None if value is None else round(value, 3) for name, value in figures.items()}
    return Spread(runs=len(values), values=tuple(round(value, 3) for value in values), **rounded)
