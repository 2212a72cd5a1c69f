"""The bench's report: one definition for its JSON, its schema in docs/ and its table."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, FiniteFloat

from vortex_tui.bench.parts import Judgement, Part, Spread
from vortex_tui.engine.protocol import MemoryReport, Ready
from vortex_tui.errors import VortexError


class BenchError(VortexError):
    """A figure that should exist on this machine could not be measured."""

    code: ClassVar[str] = "bench"


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
    kv_reused_tokens: int = Field(description="of the last run's prompt, not evaluated again")


class Host(Part):
    """The machine, without its name."""

    fingerprint: str = Field(description="of what makes it fast; only benches that share it are compared")
    system: str
    machine: str
    cpu: str
    cores: int
    memory_mb: int
    gpus: tuple[str, ...]


class MemoryPart(Part):
    """Mebibytes of one kind at one place, ``card`` or ``host``; ``loaded``: there before any answer."""

    kind: str
    place: str
    mb: FiniteFloat
    loaded: bool


class Memory(Part):
    """The memory's estimate from file headers, by place in MiB, beside what the load really took."""

    home: str = Field(description="where the model computes: card or host")
    items: tuple[MemoryPart, ...]
    needed_mb: dict[str, FiniteFloat] = Field(description="when everything is in use")
    limit_mb: dict[str, FiniteFloat]
    expected_mb: FiniteFloat = Field(description="estimated to be at home right after the load")
    measured_mb: FiniteFloat | None = Field(description="found there; null where nobody tells")
    error: FiniteFloat | None = Field(description="expected / measured - 1")

    @classmethod
    def of(cls, told: MemoryReport | None) -> Memory | None:
        """The engine's word for it."""
        return None if told is None else cls(**told.model_dump(exclude={"others_mb"}), error=told.error)


class Model(Part):
    """What was loaded, as the engine says."""

    name: str
    fingerprint: str
    quantization: str
    device: str
    ctx_tokens: int
    load_ms: FiniteFloat
    memory: Memory | None = Field(None, description="null where the engine does not say")
    notes: tuple[str, ...] = Field((), description="what a person should know, such as a fallback")

    @classmethod
    def of(cls, ready: Ready) -> Model:
        """The engine's word for it."""
        return cls(
            name=ready.model,
            fingerprint=ready.fingerprint,
            quantization=ready.quantization,
            device=ready.device,
            ctx_tokens=ready.ctx_tokens,
            load_ms=ready.load_ms,
            memory=Memory.of(ready.memory),
            notes=ready.notes,
        )


class Settings(Part):
    """How it was measured."""

    runs: int
    warmup_runs: int
    max_new_tokens: int
    prompt_tokens: dict[str, int] = Field(description="asked for, by size; prompts end at a whole line")
    headline: str = Field(description="the case whose medians are the figures at the top")


class BenchReport(Part):
    """Everything a bench found. The figures at the top are medians over the runs of one case."""

    schema_version: Literal[3] = Field(3, alias="schema")
    created: str
    profile: str
    profile_hash: str
    mock: bool
    backend: str
    tokens_per_sec: FiniteFloat
    prefill_tokens_per_sec: FiniteFloat
    decode_tokens_per_sec: FiniteFloat
    ttft_ms: FiniteFloat
    adapter_load_ms: FiniteFloat | None = Field(description="first load; null without experts")
    adapter_load_warm_ms: FiniteFloat | None = Field(description="let go of and loaded again")
    mix_switch_ms: FiniteFloat | None = Field(description="what changing the mix adds to ttft_ms")
    router_ms: FiniteFloat | None
    kv_lookups: int = Field(description="answers that looked for K/V to use again")
    kv_hits: int = Field(description="and found some, be it the template's first tokens")
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
    judgement: Judgement | None = Field(description="null where a baseline was made instead")

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return self.model_dump(mode="json", by_alias=True)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of ``to_json``; docs/bench.schema.json is this."""
    made = BenchReport.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
