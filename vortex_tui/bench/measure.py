"""Ask the engine, read its own timings: nothing is timed on this side of the connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vortex_tui.bench.cases import CaseSpec, prompt, sized
from vortex_tui.bench.report import BenchError
from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import Choice, Conversation, Done, Named, Sampling

Say = Callable[[str, float], None]


async def answer(engine: EngineAPI, asked: Conversation, sampling: Sampling, choice: Choice) -> Done:
    """One answer, to its end. Raises VortexError."""
    done: Done | None = None
    async for event in engine.generate([asked], sampling, choice):
        if isinstance(event, Done):
            done = event
    if done is None:
        raise BenchError("the engine ended an answer without its figures")
    return done


async def rehearse(
    engine: EngineAPI, bank: Mapping[str, Sequence[str]], sampling: Sampling, tokens: int
) -> tuple[float, ...]:
    """Let each expert answer its own exemplars once; returns what each took to load (ms)."""
    loads = []
    for expert, exemplars in bank.items():
        lines = await sized(engine, exemplars, tokens)
        done = await answer(engine, prompt(lines, 0), sampling, Named(weights={expert: 1.0}))
        loads.append(done.adapter_load_ms)
    return tuple(load for load in loads if load > 0.0)


async def rounds(
    engine: EngineAPI,
    cases: Sequence[CaseSpec],
    lines: Sequence[str],
    sampling: Sampling,
    counts: tuple[int, int],
    say: Say,
) -> dict[str, list[Done]]:
    """Each case once a round, so that a slow minute falls on all; ``counts``: warm-up and measured rounds."""
    warmup, runs = counts
    kept: dict[str, list[Done]] = {case.name: [] for case in cases}
    for turn in range(warmup + runs):
        for place, case in enumerate(cases):
            say(case.title, (turn + place / len(cases)) / (warmup + runs))
            number = 1 + turn * len(cases) + place
            done = await answer(engine, prompt(lines, number), sampling, case.choice)
            if turn >= warmup:
                kept[case.name].append(done)
    return kept
