"""The bench's report: one definition for its JSON, its schema in docs/ and its table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from vortex_tui.errors import VortexError


class BenchError(VortexError):
    """A figure that should exist on this machine could not be measured."""

    code: ClassVar[str] = "bench"


class Part(BaseModel):
    """Base of the report's parts: immutable, closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Spread(Part):
    """A figure over the measured runs; ``mad`` is the median absolute deviation."""

    runs: int = Field(gt=0)
    median: FiniteFloat
    min: FiniteFloat
    max: FiniteFloat
    mad: FiniteFloat


class Adapter(Part):
    """An expert that took part, with its weight."""

    expert: str
    content_hash: str
    weight: FiniteFloat


class Case(Part):
    """One kind of answer: rates are per second, times in milliseconds. ``adapters`` of the last run."""

    name: str
    title: str
    adapters: tuple[Adapter, ...]
    prompt_tokens: int
    completion_tokens: Spread
    tokens_per_sec: Spread
    prefill_tokens_per_sec: Spread
    decode_tokens_per_sec: Spread | None = Field(description="null when an answer had a single token")
    ttft_ms: Spread


class Host(Part):
    """The machine, without its name."""

    system: str
    machine: str
    cpu: str
    cores: int
    memory_mb: int
    gpus: tuple[str, ...]


class Model(Part):
    """What was loaded, as the engine says."""

    name: str
    fingerprint: str
    quantization: str
    device: str
    ctx_tokens: int
    load_ms: FiniteFloat
    notes: tuple[str, ...] = Field((), description="what a person should know, such as a fallback")


class Settings(Part):
    """How it was measured."""

    runs: int
    warmup_runs: int
    max_new_tokens: int
    headline: str = Field(description="the case whose medians are the figures at the top")


class BenchReport(Part):
    """Everything a bench found. The figures at the top are medians over the runs of one case."""

    schema_version: Literal[1] = Field(1, alias="schema")
    created: str
    profile: str
    mock: bool
    backend: str
    tokens_per_sec: FiniteFloat
    prefill_tokens_per_sec: FiniteFloat
    decode_tokens_per_sec: FiniteFloat
    ttft_ms: FiniteFloat
    adapter_load_ms: FiniteFloat | None = Field(description="null without experts: see not_applicable")
    vram_peak_mb: FiniteFloat | None = Field(description="null without a GPU: see not_applicable")
    rss_peak_mb: FiniteFloat
    active_adapters: tuple[Adapter, ...]
    not_applicable: dict[str, str] = Field(description="figures that cannot exist here, and why")
    spread: dict[str, Spread]
    cases: tuple[Case, ...]
    settings: Settings
    model: Model
    host: Host
    versions: dict[str, str]
    seconds: FiniteFloat = Field(description="the whole bench without loading the model")

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return self.model_dump(mode="json", by_alias=True)


def spread(values: Sequence[float]) -> Spread:
    """Median, extremes and median absolute deviation of one value or more."""
    middle = statistics.median(values)
    mad = statistics.median(abs(value - middle) for value in values)
    figures = {"median": middle, "min": min(values), "max": max(values), "mad": mad}
    return Spread(runs=len(values), **{name: round(value, 3) for name, value in figures.items()})


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of ``to_json``; docs/bench.schema.json is this."""
    made = BenchReport.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
