"""A whole evaluation with an engine that answers as it is told: every figure can be worked out by hand."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.command import ROOT
from vortex_tui import profile
from vortex_tui.engine.protocol import (
    Candidate,
    Choice,
    Conversation,
    Done,
    ExpertInfo,
    MixShare,
    Named,
    Ready,
    RoutedMix,
    Sampling,
    ScoreItem,
)
from vortex_tui.errors import EngineDiedError, ExpertError, ProfileError
from vortex_tui.evaluation import strategies
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.plan import Plan
from vortex_tui.evaluation.report import EvaluationReport, Strategy, json_schema
from vortex_tui.evaluation.routes import modes
from vortex_tui.evaluation.run import evaluate
from vortex_tui.settings import Router

HASHES = {"json/1": "a" * 64, "sql/1": "b" * 64, "code/1": "c" * 64}
LONG = "return the value of it, and then say at some length why that is so"


def case(kind: str, domain: str, prompt: str, answer: str = "yes", split: str = "test") -> Case:
    return Case(split=split, kind=kind, domains=(domain,) if domain else (), prompt=prompt, answer=answer)


# A prompt says how it is answered: by whom it is routed (>x), who is right (+x), and what it is worth.
CASES = [
    case("sealed", "json", "one >json +json"),
    case("sealed", "json", "two other >json +json"),
    case("sealed", "json", "three more words >sql +json"),
    case("sealed", "json", "four again something >none +json"),
    case("sealed", "sql", "five new things >sql +sql"),
    case("plain", "sql", "six by hand >json +sql +json"),
    case("sealed", "code", "seven to write >code", LONG),
    case("native", "", "eight counting >none +base"),
    case("native", "", "nine neighbours >sql +base +sql"),
    case("native", "", "ten comparing >json +base"),
    case("near", "", "eleven near >none", ""),
    case("far", "", "twelve far >json", ""),
    Case(split="test", kind="mixed", domains=("json", "sql"), prompt="thirteen both >sql"),
]
TUNING = [
    case("held", domain, f"{domain} tuned +{domain}", split="calibration") for domain in ("json", "sql")
]
TUNING.append(case("held", "json", "tuned again +json +sql", split="calibration"))


def experts(choice: Choice) -> set[str]:
    weights = choice.weights if isinstance(choice, Named) else {"base/": 1.0}
    return {name.partition("/")[0] for name in weights}


class Scripted:
    """Fails after ``patience`` requests for answers or losses."""

    def __init__(self, patience: int = 10**6, lexical: bool = True) -> None:
        self.patience, self.lexical = patience, lexical
        self.answered = self.routed = 0

    def _worked(self, count: int) -> None:
        self.patience -= 1
        if self.patience < 0:
            raise EngineDiedError("killed")
        self.answered += count

    async def experts(self) -> tuple[ExpertInfo, ...]:
        rest = {"title": "", "rank": 4, "bytes": 1, "exemplars": 2, "resident": False, "champion": True}
        named = HASHES.items()
        return tuple(ExpertInfo(id=i, domain=i.partition("/")[0], content_hash=h, **rest) for i, h in named)

    async def count(self, conversation: Conversation) -> int:
        return 3 + len(conversation[0].content) // 4

    async def generate(
        self, conversations: Sequence[Conversation], sampling: Sampling, choice: Choice
    ) -> AsyncIterator[Done]:
        self._worked(len(conversations))
        assert sampling.temperature == 0.0
        for index, (message,) in reversed(list(enumerate(conversations))):
            good = any(f"+{name}" in message.content for name in experts(choice))
            yield Done(
                id=1, index=index, text=" yes\n" if good else "no", finish_reason="stop", prompt_tokens=1,
                completion_tokens=1, ttft_ms=1, prefill_tokens_per_sec=1, decode_tokens_per_sec=1,
                tokens_per_sec=1,
            )  # fmt: skip

    async def score(self, items: Sequence[ScoreItem], choice: Choice) -> tuple[float, ...]:
        self._worked(len(items))
        loss = {"base": 3.0, "code": 2.0}
        return tuple(min(loss.get(name, 4.0) for name in experts(choice)) for _ in items)

    async def route(self, conversations: Sequence[Conversation], router: Router) -> list[RoutedMix]:
        self.routed += len(conversations)
        if router.mode == "dense":
            raise ProfileError("this backend has no encoder")
        return [self._decided(message.content, router) for (message,) in conversations]

    def _decided(self, prompt: str, router: Router) -> RoutedMix:
        named = prompt.partition(">")[2].split(" ")[0]
        if router.mode != "hybrid":
            named = "none"
        ranked = sorted(HASHES, key=lambda name: (not name.startswith(named), name))
        chosen = [name for name in ranked if name.startswith(named)]
        return RoutedMix(
            id=1,
            mode=router.mode,
            mix=tuple(MixShare(expert=name, content_hash=HASHES[name], weight=1.0) for name in chosen),
            candidates=tuple(
                Candidate(expert=name, score=0.75 if chosen else 0.25, lexical=0, dense=0)
                for name in (*ranked, "base")
            ),
            router_ms=2.0,
            encoder_ms=1.0,
        )  # fmt: skip


READY = Ready(
    id=1, backend="hf", device="cpu", quantization="nf4", model="nano", fingerprint="f" * 64, ctx_tokens=512,
    experts=3, load_ms=1.0,
)  # fmt: skip


def plan(**changes: Any) -> Plan:
    made = {"profile": profile.load("nano"), "whole": CASES, "tuning": TUNING, "modes": modes(), **changes}
    return Plan(**made)


async def evaluated(folder: Path, engine: Scripted | None = None, **changes: Any) -> EvaluationReport:
    return await evaluate(engine or Scripted(), READY, folder, plan(**changes))  # type: ignore[arg-type]


def strategy(report: EvaluationReport, name: str) -> Strategy:
    return next(one for one in report.strategies if one.name == name)


def timeless(report: EvaluationReport) -> dict[str, Any]:
    return report.model_dump(exclude={"created", "seconds", "measured", "host", "versions"})


async def test_exact_match_gap_regret_and_harm_by_hand(tmp_path: Path) -> None:
    report = await evaluated(tmp_path)
    # Six prompts are checked. The base is right on none, a domain's own expert on all; hybrid on 1, 2, 5, 6.
    assert [strategy(report, name).exact.value for name in ("base", "oracle", "hybrid")] == [0.0, 1.0, 4 / 6]
    assert strategy(report, "hybrid").gap.value == pytest.approx(4 / 6)
    assert strategy(report, "hybrid").regret.value == pytest.approx(2 / 6)
    # json is right on five of them; but on the calibration split it has 1 and 0, and sql 0.5 and 1.
    assert strategy(report, "best_single").title == "best single: sql"
    assert strategy(report, "best_single").exact.value == pytest.approx(2 / 6)
    # The base is right on three native prompts; json, to which the tenth goes, is wrong there.
    harm = strategy(report, "hybrid").harm
    assert (harm.failures, harm.n, harm.upper) == (1, 3, pytest.approx(0.864650, abs=1e-6))
    assert strategy(report, "base").harm.failures == 0


async def test_losses_by_hand(tmp_path: Path) -> None:
    report = await evaluated(tmp_path)
    assert [strategy(report, name).loss.value for name in ("base", "hybrid", "best_single")] == [
        3.0,
        2.0,
        4.0,
    ]
    assert strategy(report, "hybrid").gap_loss.value == 1.0
    assert strategy(report, "best_single").gap_loss.value == -1.0
    assert strategy(report, "best_single").regret_loss.value == 2.0
    (code,) = (one for one in report.domains if one.domain == "code")
    assert (code.measured, code.oracle, code.expert) == ("loss", "expert", "code/1")


async def test_a_router_by_itself(tmp_path: Path) -> None:
    report = await evaluated(tmp_path)
    hybrid = next(mode for mode in report.modes if mode.name == "hybrid")
    assert {kind: figure.value for kind, figure in hybrid.right_first.items()} == {
        "sealed": 4 / 6, "plain": 0.0, "mixed": 1.0,
    }  # fmt: skip
    assert {kind: one.value for kind, one in hybrid.activation.items()} == {
        "far": 1.0, "near": 0.0, "native": pytest.approx(2 / 3),
    }  # fmt: skip
    assert hybrid.pairs["json/sql"].value == 3 / 5
    # json is second on 4; json on 3 and sql on 6 are third, after code.
    assert [figure.value for figure in hybrid.recall] == pytest.approx([4 / 7, 5 / 7, 1.0, 1.0, 1.0])
    assert (hybrid.router.p50, hybrid.encoder.p95) == (2.0, 1.0)
    # Sure by 0.75 on nine, of which 1, 2, 5, 6 and 7 beat the base; by 0.25 on 4, 8 and 11, which do not.
    assert hybrid.calibration.n == 12
    assert hybrid.calibration.brier == pytest.approx((5 * 0.0625 + 4 * 0.5625 + 3 * 0.0625) / 12)


async def test_a_router_that_this_backend_cannot_have_is_not_available(tmp_path: Path) -> None:
    report = await evaluated(tmp_path)
    assert report.not_available["dense"] == "this backend has no encoder"
    assert "multitask" in report.not_available
    assert "dense" not in {one.name for one in report.strategies}


async def test_routers_are_compared_on_the_same_prompts(tmp_path: Path) -> None:
    report = await evaluated(tmp_path)
    found = {one.figure: one for one in report.comparisons if one.against == "lexical"}
    assert found["ordinary"].difference.value == pytest.approx(4 / 6)
    assert found["ordinary"].verdict == "better"
    assert found["pair taken"].difference.value == pytest.approx(1 / 6)
    assert found["far"].verdict == "not measured"  # a single prompt has no interval


async def test_wholes_are_of_the_prompts_that_every_router_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strategies, "_OTHERS_DECIDE", 1)
    report = await evaluated(tmp_path)
    kept = {row.id for row in report.rows if "lexical" in row.answers and row.domains}
    assert len(kept) == 5  # one sealed of each domain, a plain one, a mixed one
    assert {one.exact.n for one in report.strategies} == {3}
    assert {mode.recall[0].n for mode in report.modes} == {4}
    assert {mode.calibration.n for mode in report.modes} == {4 + 3 + 2}
    hybrid, lexical = (next(m for m in report.modes if m.name == name) for name in ("hybrid", "lexical"))
    assert (hybrid.right_first["sealed"].n, lexical.right_first["sealed"].n) == (6, 3)
    found = next(one for one in report.comparisons if one.figure == "ordinary")
    assert found.difference.n == 3


async def test_without_a_calibration_split_no_single_expert_is_invented(tmp_path: Path) -> None:
    report = await evaluated(tmp_path, tuning=[])
    assert "calibration" in report.not_available["best_single"]


async def test_what_strategies_share_is_measured_once_and_kept(tmp_path: Path) -> None:
    first, again, routed = Scripted(), Scripted(), Scripted()
    report = await evaluated(tmp_path, first)
    assert first.answered == report.measured
    same = await evaluated(tmp_path, again)
    assert (again.answered, again.routed) == (0, len(CASES))  # only the mode that refuses is asked once more
    assert timeless(same) == timeless(report)
    await evaluated(tmp_path, routed, fresh=True)
    assert routed.answered == first.answered


async def test_another_prompt_or_system_prompt_is_not_answered_from_the_file(tmp_path: Path) -> None:
    await evaluated(tmp_path)
    nano = profile.load("nano")
    other = nano.model_copy(update={"core": nano.core.model_copy(update={"system_prompt": "Be brief."})})
    engine = Scripted()
    await evaluated(tmp_path, engine, profile=other)
    assert engine.answered > 0


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 20), st.binary(max_size=12))
def test_a_killed_run_goes_on_to_the_same_report(patience: int, torn: bytes) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        try:
            asyncio.run(evaluated(Path(one), Scripted(patience)))
        except EngineDiedError:
            for kept in (Path(one) / "cache" / "evaluation").glob("*.jsonl"):
                with kept.open("ab") as file:
                    file.write(torn.replace(b"\n", b""))
        resumed = asyncio.run(evaluated(Path(one)))
        assert timeless(resumed) == timeless(asyncio.run(evaluated(Path(two))))


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_nothing(rng: random.Random) -> None:
    shuffled = list(CASES)
    rng.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        ordered = asyncio.run(evaluated(Path(one)))
        assert timeless(asyncio.run(evaluated(Path(two), whole=shuffled))) == timeless(ordered)


async def test_a_limit_counts_by_kind_and_domain_and_a_domain_keeps_what_nobody_serves(
    tmp_path: Path,
) -> None:
    limited = plan(limit=1).cases()
    assert sorted((c.kind, c.group) for c in limited) == [
        ("far", "(far)"), ("mixed", "(mixed)"), ("native", "(native)"), ("near", "(near)"),
        ("plain", "sql"), ("sealed", "code"), ("sealed", "json"), ("sealed", "sql"),
    ]  # fmt: skip
    some = plan(domains=["code"]).cases()
    assert {c.group for c in some} == {"code", "(native)", "(near)", "(far)"}
    assert (await evaluated(tmp_path, domains=["code"])).settings.cases == len(some)


async def test_an_empty_bank_is_refused_in_words(tmp_path: Path) -> None:
    class Empty(Scripted):
        async def experts(self) -> tuple[ExpertInfo, ...]:
            return ()

    with pytest.raises(ExpertError, match="no expert to evaluate"):
        await evaluated(tmp_path, Empty())


async def test_the_report_is_what_its_schema_in_the_docs_says(tmp_path: Path) -> None:
    import jsonschema

    schema = json.loads((ROOT / "docs/evaluation.schema.json").read_text(encoding="utf-8"))
    assert schema == json_schema()
    document = json.loads(json.dumps((await evaluated(tmp_path)).to_json(), allow_nan=False))
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "strategies": None}, schema)
    assert len(document["rows"]) == len(CASES)


async def test_progress_names_stages_and_stays_in_bounds(tmp_path: Path) -> None:
    said: list[tuple[str, float]] = []

    def say(stage: str, share: float) -> None:
        said.append((stage.partition(":")[0], share))

    await evaluate(Scripted(), READY, tmp_path, plan(), say)  # type: ignore[arg-type]
    assert {"choosing the best single expert", "routing, hybrid", "answering", "figures"} <= {
        s for s, _ in said
    }
    assert all(0.0 <= share <= 1.0 for _, share in said)
