"""Ask the engine, read its own timings: nothing is timed on this side of the connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vortex_tui.bench.cases import CaseSpec, Size, after, prompt, sized
from vortex_tui.bench.report import BenchError
from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import Choice, Conversation, Done, Named, RoutedMix, Sampling

Say = Callable[[str, float], None]
# Of an answer that only prepares another.
_BRIEF = 2


@dataclass(frozen=True, slots=True)
class Run:
    """One measured answer; ``switch_ms`` is what changing the mix added to its first token."""

    done: Done
    router_ms: float | None
    switch_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """What every run has in common: the engine, the prompts' lines by size, how an answer is made."""

    engine: EngineAPI
    lines: Mapping[Size, Sequence[str]]
    sampling: Sampling

    @property
    def brief(self) -> Sampling:
        """Of answers that only prepare a measured one."""
        return self.sampling.model_copy(update={"min_new_tokens": _BRIEF, "max_new_tokens": _BRIEF})


async def answer(engine: EngineAPI, asked: Conversation, sampling: Sampling, choice: Choice) -> Run:
    """One answer, to its end. Raises VortexError."""
    done: Done | None = None
    router_ms: float | None = None
    async for event in engine.generate([asked], sampling, choice):
        if isinstance(event, RoutedMix):
            router_ms = event.router_ms
        elif isinstance(event, Done):
            done = event
    if done is None:
        raise BenchError("the engine ended an answer without its figures")
    if done.ttft_ms <= 0 or done.tokens_per_sec <= 0:
        raise BenchError(
            "an answer has no usable time",
            found=f"{done.ttft_ms:g} ms to the first token, {done.tokens_per_sec:g} tokens/s",
            expected="times above 0: the machine's monotonic clock jumped, or was stopped",
            mend="run the bench again; if it stays so, report this as a defect",
        )
    return Run(done, router_ms)


async def rehearse(bench: Bench, bank: Mapping[str, Sequence[str]]) -> tuple[float, ...]:
    """Let each expert answer its own exemplars once; returns what each took to load (ms)."""
    loads = []
    for expert, exemplars in bank.items():
        asked = prompt(await sized(bench.engine, exemplars, 64), 0)
        run = await answer(bench.engine, asked, bench.brief, Named(weights={expert: 1.0}))
        loads.append(run.done.adapter_load_ms)
    return tuple(load for load in loads if load > 0.0)


async def reload(engine: EngineAPI, experts: Sequence[str]) -> tuple[float, ...]:
    """Let go of each expert and load it again: its files are in the system's cache; milliseconds."""
    loads = []
    for expert in experts:
        await engine.detach(expert)
        loads.append(await engine.attach(expert))
    return tuple(loads)


async def rounds(bench: Bench, cases: Sequence[CaseSpec], turns: range, say: Say) -> dict[str, list[Run]]:
    """Each case once a turn, so that a slow minute falls on all; no two ``turns`` may ask the same."""
    kept: dict[str, list[Run]] = {case.name: [] for case in cases}
    for turn in turns:
        for place, case in enumerate(cases):
            say(case.title, (turn - turns.start + place / len(cases)) / len(turns))
            # A case asks three things at most.
            kept[case.name].append(await _run(bench, case, 1 + 3 * (turn * len(cases) + place)))
    return kept


async def _run(bench: Bench, case: CaseSpec, number: int) -> Run:
    lines = bench.lines[case.size]
    if case.follows:
        return await _follow_up(bench, case, prompt(lines, number))
    if case.before is None:
        return await answer(bench.engine, prompt(lines, number), bench.sampling, case.choice)
    await answer(bench.engine, prompt(lines, number), bench.brief, case.before)
    run = await answer(bench.engine, prompt(lines, number + 1), bench.sampling, case.choice)
    same = await answer(bench.engine, prompt(lines, number + 2), bench.brief, case.choice)
    return Run(run.done, run.router_ms, run.done.ttft_ms - same.done.ttft_ms)


async def _follow_up(bench: Bench, case: CaseSpec, asked: Conversation) -> Run:
    first = await answer(bench.engine, asked, bench.brief, case.choice)
    more = after(asked, first.done.text, asked[-1].content)
    return await answer(bench.engine, more, bench.sampling, case.choice)
