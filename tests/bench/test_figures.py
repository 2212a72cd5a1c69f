"""What the bench makes of the engine's figures, with an engine that says what it is told."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import profile
from vortex_tui.bench.report import BenchError, BenchReport, json_schema, spread
from vortex_tui.bench.run import Plan, bench
from vortex_tui.engine.protocol import (
    Bare,
    Choice,
    Conversation,
    Done,
    ExpertInfo,
    MixShare,
    Named,
    Ready,
    Sampling,
    Stats,
)

ROOT = Path(__file__).resolve().parents[2]
BANK = {"sums/1": ("1 + 1", "2 + 2"), "sql/1": ("select all books",)}


class Scripted:
    """Answers at given rates; the first answer of an expert loads it."""

    def __init__(self, device: str = "cpu", tokens: int = 20, vram: float | None = None) -> None:
        self.device, self.tokens, self.vram = device, tokens, vram
        self.asked: list[tuple[Conversation, Choice, Sampling]] = []
        self.resident: set[str] = set()

    @property
    def ready(self) -> Ready:
        return Ready(
            id=1,
            backend="hf",
            device=self.device,
            quantization="nf4",
            model="nano",
            fingerprint="f" * 64,
            ctx_tokens=512,
            experts=2,
            load_ms=10.0,
            notes=("fell back to llama.cpp: no model",),
        )

    async def generate(
        self, conversations: Sequence[Conversation], sampling: Sampling, choice: Choice
    ) -> AsyncIterator[Done]:
        self.asked.append((conversations[0], choice, sampling))
        weights = {} if isinstance(choice, Bare) else {"sql/1": 1.0}
        weights = choice.weights if isinstance(choice, Named) else weights
        fresh = set(weights) - self.resident
        self.resident |= set(weights)
        yield Done(
            id=1,
            text="x",
            finish_reason="stop",
            prompt_tokens=100,
            completion_tokens=self.tokens,
            ttft_ms=50.0,
            prefill_tokens_per_sec=2000.0,
            decode_tokens_per_sec=100.0 + len(self.asked) if self.tokens > 1 else 0.0,
            tokens_per_sec=80.0,
            mix=tuple(MixShare(expert=e, content_hash="0" * 64, weight=w) for e, w in weights.items()),
            adapter_load_ms=5.0 * len(fresh),
        )

    async def count(self, conversation: Conversation) -> int:
        return 6 * len(conversation)

    async def experts(self) -> tuple[ExpertInfo, ...]:
        made = {"title": "", "content_hash": "0" * 64, "rank": 16, "bytes": 1, "exemplars": 2}
        return tuple(
            ExpertInfo(id=e, domain=e.partition("/")[0], resident=e in self.resident, **made) for e in BANK
        )

    async def stats(self) -> Stats:
        return Stats(id=1, state="ready", rss_mb=400.0, rss_peak_mb=460.0, vram_peak_mb=self.vram)


def plan(**changes: Any) -> Plan:
    return Plan(**{"profile": profile.load("nano"), "bank": BANK, "runs": 3, "max_new_tokens": 16, **changes})


async def measured(engine: Scripted, **changes: Any) -> BenchReport:
    return await bench(engine, engine.ready, plan(**changes))  # type: ignore[arg-type]


async def test_the_figures_at_the_top_are_those_of_the_routed_case() -> None:
    report = await measured(Scripted())
    routed = next(case for case in report.cases if case.name == "routed")
    assert [case.name for case in report.cases] == ["base", "single", "mix", "routed"]
    assert report.settings.headline == "routed"
    assert routed.decode_tokens_per_sec is not None
    assert report.decode_tokens_per_sec == routed.decode_tokens_per_sec.median
    assert report.spread["decode_tokens_per_sec"].runs == 3
    assert report.active_adapters[0].expert == "sql/1"


async def test_what_the_engine_notes_is_in_the_report() -> None:
    report = await measured(Scripted())
    assert report.to_json()["model"]["notes"] == ["fell back to llama.cpp: no model"]


async def test_no_two_answers_share_a_prompt_from_its_first_turn_on() -> None:
    engine = Scripted()
    await measured(engine)
    starts = [conversation[0].content for conversation, _, _ in engine.asked[len(BANK) :]]
    assert len(set(starts)) == len(starts) == 4 * (1 + 3)


async def test_every_answer_is_greedy_and_of_one_length() -> None:
    engine = Scripted()
    await measured(engine)
    asked = {(s.temperature, s.min_new_tokens, s.max_new_tokens) for _, _, s in engine.asked}
    assert asked == {(0.0, 16, 16)}


async def test_an_adapters_loading_time_is_that_of_its_first_use() -> None:
    report = await measured(Scripted())
    assert report.adapter_load_ms == 5.0
    assert report.spread["adapter_load_ms"].runs == len(BANK)


async def test_without_experts_only_the_base_is_measured() -> None:
    report = await measured(Scripted(), bank={})
    assert [case.name for case in report.cases] == ["base"]
    assert report.adapter_load_ms is None
    assert report.not_applicable["adapter_load_ms"] == "no usable experts"
    assert report.active_adapters == ()


async def test_without_a_gpu_vram_is_null_and_the_reason_is_given() -> None:
    report = await measured(Scripted())
    assert report.vram_peak_mb is None
    assert report.not_applicable["vram_peak_mb"] == "no GPU: it runs on cpu"


async def test_with_a_gpu_vram_is_a_figure() -> None:
    report = await measured(Scripted("cuda:0", vram=512.5))
    assert report.vram_peak_mb == 512.5
    assert "vram_peak_mb" not in report.not_applicable


async def test_with_a_gpu_a_missing_vram_figure_is_a_failure() -> None:
    with pytest.raises(BenchError, match="vram_peak_mb"):
        await measured(Scripted("cuda:0", vram=None))


async def test_answers_too_short_to_time_decoding_are_a_failure() -> None:
    with pytest.raises(BenchError, match="decode_tokens_per_sec"):
        await measured(Scripted(tokens=1), bank={})


async def test_experts_that_were_loaded_already_have_no_loading_time() -> None:
    engine = Scripted()
    engine.resident = set(BANK)
    report = await measured(engine)
    assert report.adapter_load_ms is None
    assert "already" in report.not_applicable["adapter_load_ms"]


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=20))
def test_a_spread_holds_its_values(values: list[float]) -> None:
    found = spread(values)
    assert found.runs == len(values)
    assert found.min <= found.median <= found.max
    assert 0 <= found.mad <= found.max - found.min + 0.001


def test_a_spread_of_known_values() -> None:
    found = spread([1.0, 2.0, 3.0, 4.0, 100.0])
    assert (found.median, found.min, found.max, found.mad) == (3.0, 1.0, 100.0, 1.0)


def test_a_figure_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        spread([math.inf])


def test_the_schema_in_the_docs_is_that_of_the_report() -> None:
    assert json.loads((ROOT / "docs/bench.schema.json").read_text()) == json_schema()
