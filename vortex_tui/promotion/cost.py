"""What a candidate costs beside the champion, measured in turn with it, here and now."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from vortex_tui.bench.cases import prompt, sized
from vortex_tui.bench.measure import answer
from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import BARE, Choice, Named, Sampling
from vortex_tui.escape import one_line
from vortex_tui.evaluation.answers import Say
from vortex_tui.promotion import blocks
from vortex_tui.promotion.blocks import Block
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.report import Gate, GateVerdict
from vortex_tui.promotion.verdict import TITLES

BASE = "the base"
# MiB: no expert is as small as one number.
_LEAST_MB = 1e-6


@dataclass(frozen=True, slots=True)
class Rivals:
    """Who is compared, by id; ``other`` None is the base. ``sizes``: bytes on the disk."""

    candidate: str
    other: str | None
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def named(self) -> str:
        """The other one in words."""
        return self.other or BASE


def rivals(candidate: str, champion: str | None, bank: Sequence[str], sizes: Mapping[str, int]) -> Rivals:
    """The champion of the domain; where it has none, the bank's expert of middling size; else the base."""
    ordered = sorted(bank, key=lambda expert: (sizes.get(expert, 0), expert))
    middling = ordered[len(ordered) // 2] if ordered else None
    return Rivals(candidate, champion or middling, sizes)


async def memory(engine: EngineAPI, pair: Rivals, policy: Policy) -> Gate:
    """The gate ``memory``: MiB of the candidate, loaded, against the other's. Raises VortexError."""
    await _alone(engine)
    mine = await _loaded_mb(engine, pair.candidate, pair.sizes)
    theirs = await _loaded_mb(engine, pair.other, pair.sizes) if pair.other else None
    return memory_gate(mine, theirs, pair.named, policy)


def refused(reason: str) -> Gate:
    """The gate ``memory`` of a candidate that the budget has no room for."""
    return Gate(id="memory", title=TITLES["memory"], verdict="fail", reason=one_line(reason)[:300])


def memory_gate(mine: float, theirs: float | None, named: str, policy: Policy) -> Gate:
    """The same from two figures in MiB; the first expert of all has only the budget to keep to."""
    most = 1.0 + policy.thresholds.max_growth
    verdict: GateVerdict = "inconclusive"
    share: float | None = None
    reason = f"{mine:.2f} MiB; it is the first expert, and within the budget"
    if not all(_LEAST_MB <= one < math.inf for one in (mine, mine if theirs is None else theirs)):
        reason = "the memory of an expert could not be measured"
    elif theirs is None:
        verdict = "pass"
    else:
        share = mine / theirs
        verdict = "pass" if share <= most else "fail"
        reason = (
            f"{mine:.2f} MiB against {theirs:.2f} of {named}: {share:.2f} times, at most {most:.2f} wanted"
        )
    return Gate(
        id="memory", title=TITLES["memory"], verdict=verdict, value=share, threshold=most, unit="×",
        samples=1, reason=reason,
    )  # fmt: skip


async def _alone(engine: EngineAPI) -> None:
    for expert in (await engine.stats()).resident_experts:
        await engine.detach(expert)


async def _loaded_mb(engine: EngineAPI, expert: str, sizes: Mapping[str, int]) -> float:
    """MiB that an expert adds when it is loaded; of its file where the backend does not tell."""
    before = (await engine.stats()).experts_mb
    await engine.attach(expert)
    after = (await engine.stats()).experts_mb
    await engine.detach(expert)
    if before is None or after is None:
        return sizes.get(expert, 0) / (1024 * 1024)
    return after - before


async def speed(engine: EngineAPI, pair: Rivals, exemplars: Sequence[str], policy: Policy, say: Say) -> Gate:
    """The gate ``speed``: A/A first, then A/B, doubled while the verdict is open. Raises VortexError."""
    limits = policy.thresholds.max_slowdown if pair.other else policy.first_slowdown
    least = 1.0 - limits
    lines = await sized(engine, exemplars, policy.prompt_tokens)
    course = _Course(engine, lines, policy, count(1))
    await course.warm((pair.other, pair.candidate))
    alike = await course.alike(pair.other, say)
    apart: list[Block] = []
    more = policy.blocks if blocks.holds(blocks.ratio(alike), 1.0) else 0
    while more > 0:
        apart += [block async for block in course.blocks(pair.other, pair.candidate, more, "timing it", say)]
        undecided = blocks.holds(blocks.ratio(apart), least)
        more = min(len(apart), policy.most_blocks - len(apart)) if undecided else 0
    return blocks.speed(alike, apart, pair.named, least, policy)


@dataclass(frozen=True, slots=True)
class _Course:
    """Answers of one length to prompts of one length, each begun with another number: no K/V serves twice."""

    engine: EngineAPI
    lines: Sequence[str]
    policy: Policy
    numbers: Iterator[int]

    async def warm(self, experts: Sequence[str | None]) -> None:
        """What a first answer has to warm up; its time is dropped."""
        for _ in range(self.policy.warmup):
            for expert in experts:
                await self._rate(expert)

    async def alike(self, expert: str | None, say: Say) -> list[Block]:
        """A against A; twice as many where the first ones differ, for chance does that now and then."""
        wanted, stage = self.policy.blocks, "timing A/A"
        found = [block async for block in self.blocks(expert, expert, wanted, stage, say)]
        if not blocks.holds(blocks.ratio(found), 1.0):
            found += [block async for block in self.blocks(expert, expert, wanted, stage, say)]
        return found

    async def blocks(
        self, one: str | None, other: str | None, wanted: int, stage: str, say: Say
    ) -> AsyncIterator[Block]:
        """So many blocks of A B B A."""
        for place in range(wanted):
            say(f"{stage}: {place} of {wanted} blocks", place / wanted)
            rates = [await self._rate(expert) for expert in (one, other, other, one)]
            yield rates[0], rates[1], rates[2], rates[3]

    async def _rate(self, expert: str | None) -> float:
        """Tokens/s of one answer, as the worker timed it; loading an expert is no part of it."""
        if expert is not None:
            await self.engine.attach(expert)
        choice: Choice = Named(weights={expert: 1.0}) if expert is not None else BARE
        length = self.policy.new_tokens
        sampling = Sampling(max_new_tokens=length, min_new_tokens=length, temperature=0.0)
        run = await answer(self.engine, prompt(self.lines, next(self.numbers)), sampling, choice)
        return run.done.tokens_per_sec
