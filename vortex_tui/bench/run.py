"""The bench from plan to report, on an engine that is loaded already."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from vortex_tui.bench import host
from vortex_tui.bench.baseline import Entry, Key
from vortex_tui.bench.cases import PROSE, CaseSpec, Size, fitting, sized, specs
from vortex_tui.bench.figures import Loads, figures, headline, no_vram, not_applicable, to_case
from vortex_tui.bench.judge import Measured, judge
from vortex_tui.bench.measure import Bench, Run, Say, rehearse, reload, rounds
from vortex_tui.bench.parts import Judgement
from vortex_tui.bench.plan import WARMUP_RUNS, Plan
from vortex_tui.bench.report import BenchReport, Host, Model
from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import Ready


@dataclass(frozen=True, slots=True)
class Benched:
    """A report, and the entry it would be as a baseline."""

    report: BenchReport
    entry: Entry


@dataclass(frozen=True, slots=True)
class _Course:
    """What is fixed before the first answer."""

    ready: Ready
    plan: Plan
    cases: Sequence[CaseSpec]
    sizes: Mapping[Size, int]
    key: Key


async def bench(
    engine: EngineAPI, ready: Ready, plan: Plan, say: Say = lambda _title, _share: None
) -> Benched:
    """Measure; ``say`` hears what is being measured and how much is done, less again where runs are added.

    Raises VortexError.
    """
    start = time.monotonic()
    say("loading the experts", 0.0)
    # A driver may take its time.
    machine = await asyncio.to_thread(host.host)
    infos = await engine.experts()
    bank = plan.usable(infos)
    absent = not_applicable(ready.device, [info for info in infos if info.id in bank])
    course = _course(ready, plan, list(bank), machine)
    lines = next(iter(bank.values()), PROSE)
    measured = Bench(
        engine,
        {size: await sized(engine, lines, tokens) for size, tokens in course.sizes.items()},
        plan.sampling,
    )
    before = await engine.stats()
    loads = Loads(await rehearse(measured, bank), await reload(engine, list(bank)))
    kept, judgement = await _decided(measured, course, say)
    after = await engine.stats()
    cases = tuple(to_case(case, kept[case.name]) for case in course.cases)
    top = next(case for case in cases if case.name == course.key.headline)
    report = BenchReport(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=plan.profile.name,
        profile_hash=plan.profile_hash,
        mock=plan.mock,
        backend=ready.backend,
        **figures(kept, top, loads, after, absent),
        kv_lookups=after.kv_lookups - before.kv_lookups,
        kv_hits=after.kv_hits - before.kv_hits,
        active_adapters=top.adapters,
        not_applicable=absent,
        cases=cases,
        settings=plan.settings(top.tokens_per_sec.runs, course.sizes, top.name),
        model=Model.of(ready),
        host=machine,
        versions=host.versions(),
        seconds=round(time.monotonic() - start, 2),
        judgement=judgement,
    )
    return Benched(report, _entry(course.key, report))


def _course(ready: Ready, plan: Plan, experts: Sequence[str], machine: Host) -> _Course:
    sizes = fitting(ready.ctx_tokens, plan.max_new_tokens)
    cases = specs(experts, bool(experts), sizes)
    top = headline(case.name for case in cases)
    key = plan.key(ready, machine.fingerprint, top, sizes["medium"])
    return _Course(ready, plan, cases, sizes, key)


async def _decided(
    measured: Bench, course: _Course, say: Say
) -> tuple[dict[str, list[Run]], Judgement | None]:
    """Rounds, doubled while the verdict is open: few looks, few false alarms."""
    plan, done = course.plan, WARMUP_RUNS + course.plan.runs
    # What a first answer has to warm up is warm after a short one.
    warm, brief = WARMUP_RUNS / done, replace(measured, sampling=measured.brief)
    await rounds(brief, course.cases, range(WARMUP_RUNS), _within(say, 0.0, warm))
    kept = await rounds(measured, course.cases, range(WARMUP_RUNS, done), _within(say, warm, 1.0))
    if plan.baselines is None:
        return kept, None
    while True:
        judgement = await _judged(measured, course, kept)
        runs = done - WARMUP_RUNS
        more = min(runs, plan.most_runs - runs)
        if judgement.verdict != "inconclusive" or more <= 0:
            return kept, judgement
        rest = _within(say, done / (done + more), 1.0)
        for name, added in (await rounds(measured, course.cases, range(done, done + more), rest)).items():
            kept[name] += added
        done += more


def _within(say: Say, start: float, stop: float) -> Say:
    return lambda title, share: say(title, start + share * (stop - start))


async def _judged(measured: Bench, course: _Course, kept: Mapping[str, Sequence[Run]]) -> Judgement:
    stats = await measured.engine.stats()
    rates = tuple(run.done.tokens_per_sec for run in kept[course.key.headline])
    ready, plan = course.ready, course.plan
    found = Measured(rates, ready.ctx_tokens, stats.vram_peak_mb, no_vram(ready.device), plan.mock)
    return judge(found, plan.reference(course.key), plan.profile.bench_thresholds)


def _entry(key: Key, report: BenchReport) -> Entry:
    return Entry(
        key=key,
        created=report.created,
        tokens_per_sec=report.spread["tokens_per_sec"].values,
        profile_hash=report.profile_hash,
        versions=report.versions,
    )
