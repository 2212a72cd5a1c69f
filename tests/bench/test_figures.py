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
from vortex_tui.bench.baseline import Baselines
from vortex_tui.bench.cases import fitting
from vortex_tui.bench.parts import spread
from vortex_tui.bench.plan import Plan
from vortex_tui.bench.report import BenchError, BenchReport, json_schema
from vortex_tui.bench.run import Benched, bench
from vortex_tui.engine.protocol import (
    Bare,
    Choice,
    Conversation,
    Done,
    ExpertInfo,
    MemoryItem,
    MemoryReport,
    MixShare,
    Named,
    Ready,
    Routed,
    RoutedMix,
    Sampling,
    Stats,
)

ROOT = Path(__file__).resolve().parents[2]
CASES = ["base", "single", "mix", "routed", "routed-short", "routed-long", "alternating", "follow-up"]
MEMORY = MemoryReport(
    home="host",
    items=(MemoryItem(kind="weights", place="host", mb=110.0, loaded=True),),
    limit_mb={"host": 1000.0},
    needed_mb={"host": 110.0},
    others_mb=0.0,
    expected_mb=110.0,
    measured_mb=100.0,
)
BANK = {"sums/1": ("1 + 1", "2 + 2"), "sql/1": ("select all books",)}


class Scripted:
    """Answers at given rates, one after the other; the first answer of an expert loads it."""

    def __init__(
        self,
        device: str = "cpu",
        tokens: int = 20,
        vram: float | None = None,
        rates: Sequence[float] = (80.0,),
        ctx: int = 4096,
    ) -> None:
        self.device, self.tokens, self.vram, self.rates, self.ctx = device, tokens, vram, rates, ctx
        self.routed = 0
        self.last: Choice | None = None
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
            ctx_tokens=self.ctx,
            experts=2,
            load_ms=10.0,
            memory=MEMORY,
            notes=("fell back to llama.cpp: no model",),
        )

    async def generate(
        self, conversations: Sequence[Conversation], sampling: Sampling, choice: Choice
    ) -> AsyncIterator[RoutedMix | Done]:
        self.asked.append((conversations[0], choice, sampling))
        weights = {} if isinstance(choice, Bare) else {"sql/1": 1.0}
        weights = choice.weights if isinstance(choice, Named) else weights
        fresh = set(weights) - self.resident
        self.resident |= set(weights)
        measured = isinstance(choice, Routed) and sampling.max_new_tokens > 2
        self.routed += measured
        switched, self.last = self.last not in (None, choice), choice
        yield RoutedMix(id=1, mode="hybrid", router_ms=3.0)
        yield Done(
            id=1,
            text="x",
            finish_reason="stop",
            prompt_tokens=100,
            completion_tokens=self.tokens,
            ttft_ms=70.0 if switched else 50.0,
            prefill_tokens_per_sec=2000.0,
            decode_tokens_per_sec=100.0 + len(self.asked) if self.tokens > 1 else 0.0,
            tokens_per_sec=self.rates[(self.routed - 1) // 3 % len(self.rates)],
            mix=tuple(MixShare(expert=e, content_hash="0" * 64, weight=w) for e, w in weights.items()),
            adapter_load_ms=5.0 * len(fresh),
        )

    async def count(self, conversation: Conversation) -> int:
        return 6 * len(conversation)

    async def attach(self, expert: str) -> float:
        self.resident.add(expert)
        return 2.0

    async def detach(self, expert: str) -> None:
        self.resident.discard(expert)

    async def experts(self) -> tuple[ExpertInfo, ...]:
        made = {"title": "", "content_hash": "0" * 64, "rank": 16, "bytes": 1, "exemplars": 2}
        return tuple(
            ExpertInfo(id=e, domain=e.partition("/")[0], resident=e in self.resident, **made) for e in BANK
        )

    async def stats(self) -> Stats:
        answered = len(self.asked)
        return Stats(
            id=1, state="ready", rss_mb=400.0, rss_peak_mb=460.0, vram_peak_mb=self.vram,
            kv_lookups=answered, kv_hits=answered // 2,
        )  # fmt: skip


def plan(**changes: Any) -> Plan:
    return Plan(**{"profile": profile.load("nano"), "bank": BANK, "runs": 3, "max_new_tokens": 16, **changes})


async def benched(engine: Scripted, **changes: Any) -> Benched:
    return await bench(engine, engine.ready, plan(**changes))  # type: ignore[arg-type]


async def measured(engine: Scripted, **changes: Any) -> BenchReport:
    return (await benched(engine, **changes)).report


async def test_the_figures_at_the_top_are_those_of_the_routed_case() -> None:
    report = await measured(Scripted())
    routed = next(case for case in report.cases if case.name == "routed")
    assert [case.name for case in report.cases] == CASES
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
    # Each round has a follow-up, which begins as what it follows.
    assert len(starts) == 11 * (1 + 3)
    assert len(set(starts)) == 10 * (1 + 3)


async def test_every_answer_is_greedy_and_of_one_length_and_what_prepares_it_is_brief() -> None:
    engine = Scripted()
    await measured(engine)
    asked = [(s.temperature, s.min_new_tokens, s.max_new_tokens) for _, _, s in engine.asked]
    assert set(asked) == {(0.0, 16, 16), (0.0, 2, 2)}
    assert asked.count((0.0, 16, 16)) == 3 * len(CASES)


async def test_an_adapters_loading_time_is_that_of_its_first_use() -> None:
    report = await measured(Scripted())
    assert report.adapter_load_ms == 5.0
    assert report.spread["adapter_load_ms"].runs == len(BANK)


async def test_without_experts_only_the_base_is_measured() -> None:
    report = await measured(Scripted(), bank={})
    assert [case.name for case in report.cases] == ["base", "base-short", "base-long", "follow-up"]
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


async def test_loading_again_switching_and_routing_have_their_times() -> None:
    report = await measured(Scripted())
    assert (report.adapter_load_warm_ms, report.router_ms, report.mix_switch_ms) == (2.0, 3.0, 20.0)
    assert (report.kv_lookups, report.kv_hits) == (46, 23)


async def test_without_experts_what_needs_them_is_null_with_its_reason() -> None:
    report = await measured(Scripted(), bank={})
    for name in ("adapter_load_warm_ms", "mix_switch_ms", "router_ms"):
        assert getattr(report, name) is None
        assert report.not_applicable[name] == "no usable experts"


async def test_a_clock_that_jumps_is_refused_in_words() -> None:
    with pytest.raises(BenchError, match="clock jumped"):
        await measured(Scripted(rates=[80.0, 0.0]))


async def test_without_baselines_nothing_is_judged_and_with_them_something_is() -> None:
    assert (await measured(Scripted())).judgement is None
    judged = (await measured(Scripted(), baselines=Baselines())).judgement
    assert judged is not None
    assert judged.verdict == "pass"
    assert judged.baseline is None
    assert {one.threshold: one.reason for one in judged.thresholds}["max_regression"].startswith(
        "no baseline"
    )


async def rerun(then: Scripted, now: Scripted, **changes: Any) -> BenchReport:
    entry = (await benched(then, runs=10)).entry
    return await measured(now, baselines=Baselines(entries=(entry,)), **changes)


async def test_the_same_again_passes_and_a_third_less_fails() -> None:
    same = await rerun(Scripted(), Scripted(), runs=5)
    slow = await rerun(Scripted(), Scripted(rates=[53.0]), runs=5)
    assert same.judgement is not None
    assert slow.judgement is not None
    assert (same.judgement.verdict, slow.judgement.verdict) == ("pass", "fail")
    assert slow.settings.runs == 5


async def test_an_open_verdict_takes_more_rounds_up_to_the_limit() -> None:
    wild = (20.0, 200.0, 40.0, 160.0, 90.0, 300.0, 25.0)
    report = await rerun(Scripted(rates=wild), Scripted(rates=wild[::-1]), runs=3, most_runs=14)
    assert report.judgement is not None
    assert report.judgement.verdict == "inconclusive"
    assert report.settings.runs == 14
    assert len(report.spread["tokens_per_sec"].values) == 14


async def test_progress_is_told_by_case_and_grows_until_runs_are_added() -> None:
    heard: list[tuple[str, float]] = []
    engine = Scripted()
    await bench(engine, engine.ready, plan(), lambda *told: heard.append(told))  # type: ignore[arg-type]
    shares = [share for _, share in heard]
    assert heard[0] == ("loading the experts", 0.0)
    assert {title for title, _ in heard} >= {"base", "routed", "mix switched"}
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] < 1


async def test_other_weights_are_never_compared() -> None:
    entry = (await benched(Scripted(), runs=10, mock=True)).entry
    report = await measured(Scripted(rates=[1e-3]), baselines=Baselines(entries=(entry,)))
    assert report.judgement is not None
    found = {one.threshold: one for one in report.judgement.thresholds}
    assert found["max_regression"].verdict == "not_applicable"
    assert "--mock" in found["max_regression"].reason
    assert found["min_tokens_per_sec"].verdict == "fail"


@given(st.integers(16, 10_000), st.integers(2, 512))
def test_prompts_are_as_long_as_wanted_or_as_fits(ctx: int, answer: int) -> None:
    found = fitting(ctx, answer)
    assert {"short", "medium"} <= set(found)
    assert sorted(found.values()) == list(found.values())
    assert max(found.values()) <= max(8, ctx - answer)


def test_the_sizes_that_a_context_of_4096_has() -> None:
    assert fitting(4096, 32) == {"short": 32, "medium": 512, "long": 2048}
    assert fitting(512, 32) == {"short": 32, "medium": 384}


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


def test_a_single_run_has_no_interval_and_more_have_one() -> None:
    assert spread([3.0]).low is None
    found = spread([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 3.0 <= found.high
    assert found.values == (1.0, 2.0, 3.0, 4.0, 5.0)


async def test_a_bench_tells_how_far_the_memorys_estimate_was_off() -> None:
    report = (await benched(Scripted())).report
    assert report.model.memory is not None
    assert report.model.memory.error == pytest.approx(0.1)
    assert report.to_json()["model"]["memory"]["items"] == [
        {"kind": "weights", "place": "host", "mb": 110.0, "loaded": True}
    ]
