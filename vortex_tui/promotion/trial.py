"""A candidate in the loaded engine: routed, answered, timed, beside the bank without it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import Ready
from vortex_tui.errors import BudgetError, ExpertError
from vortex_tui.evaluation import answers
from vortex_tui.evaluation.answers import Answers, Say
from vortex_tui.evaluation.run import FOLDER, key
from vortex_tui.evaluation.store import Store
from vortex_tui.promotion import calibration, cost, integrity, outcomes, quality, sides
from vortex_tui.promotion.matter import Matter
from vortex_tui.promotion.outcomes import Outcomes
from vortex_tui.promotion.report import Gate, Moved, Sample
from vortex_tui.promotion.routed import Decisions


@dataclass(slots=True)
class Trial:
    """What was measured so far: it is there also when the rest failed."""

    gates: list[Gate] = field(default_factory=list)
    moved: tuple[Moved, ...] = ()
    samples: tuple[Sample, ...] = ()

    def put(self, gate: Gate) -> None:
        """One more gate, in place of the one of its id; a failure stays."""
        if not any(old.id == gate.id and old.verdict == "fail" for old in self.gates):
            self.gates = [old for old in self.gates if old.id != gate.id] + [gate]

    @property
    def lost(self) -> bool:
        """Whether a gate failed, so that the rest cannot change the verdict."""
        return any(gate.verdict == "fail" for gate in self.gates)


async def run(engine: EngineAPI, ready: Ready, matter: Matter, trial: Trial, say: Say) -> None:
    """Fill ``trial``, the answers first; what fails ends it before anything is timed. Raises VortexError."""
    try:
        await engine.attach(matter.candidate.id)
    except ExpertError as error:
        trial.put(integrity.failed([f"{error.message}: {error.found}"]))
        return
    except BudgetError as error:
        trial.put(cost.refused(f"{error.message}: {error.found}"))
        return
    store = Store(matter.data_dir / FOLDER / f"{key(ready, matter.profile)}.jsonl")
    limits = await answers.limits(engine, matter.cases)
    measured = Answers(engine, store, limits)
    router = matter.profile.experts.router
    decided = await Decisions(engine, store, ready, router, matter.candidate).both(matter.cases, say)
    found = await outcomes.measure(matter.cases, decided, measured, say)
    trial.moved = sides.moved(found)
    trial.samples = await sides.samples(found, matter.candidate.domain, measured, say)
    say("figures", 1.0)
    trial.gates += await asyncio.to_thread(answered, found, matter)
    if not trial.lost:
        trial.gates += await _cost(engine, matter, say)


def answered(found: Outcomes, matter: Matter) -> Sequence[Gate]:
    """The gates on answers, by arithmetic alone."""
    domain, policy, serving = matter.candidate.domain, matter.policy, set(matter.serving)
    champion = matter.champion.id if matter.champion else None
    mode = matter.profile.experts.router.mode
    return [
        quality.gain(found, domain, champion, policy),
        *quality.others(found, domain, serving, policy),
        quality.harm(found, policy),
        quality.theft(found, domain, policy),
        calibration.check(found.rows, mode, serving, serving | {domain}, policy),
    ]


async def _cost(engine: EngineAPI, matter: Matter, say: Say) -> Sequence[Gate]:
    say("measuring memory", 0.0)
    exemplars = matter.candidate.manifest.exemplars
    return [
        await cost.memory(engine, matter.rivals, matter.policy),
        await cost.speed(engine, matter.rivals, exemplars, matter.policy, say),
    ]
