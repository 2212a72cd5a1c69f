"""The evaluation from plan to report, on an engine that is loaded already."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vortex_tui.bench import host
from vortex_tui.bench.report import Model
from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import Ready
from vortex_tui.evaluation import (
    ablation,
    answers,
    best_single,
    comparisons,
    figures,
    phrasing,
    roster,
    strategies,
)
from vortex_tui.evaluation.answers import Answers, Say
from vortex_tui.evaluation.case import Case, by_loss
from vortex_tui.evaluation.plan import Plan
from vortex_tui.evaluation.report import Ablation, EvaluationReport
from vortex_tui.evaluation.roster import Roster
from vortex_tui.evaluation.routes import Routes, code_hash
from vortex_tui.evaluation.sheet import Sheet
from vortex_tui.evaluation.store import Store
from vortex_tui.evaluation.strategies import Strategies
from vortex_tui.profile import Profile

FOLDER = Path("cache") / "evaluation"


async def evaluate(
    engine: EngineAPI, ready: Ready, data_dir: Path, plan: Plan, say: Say = lambda _stage, _share: None
) -> EvaluationReport:
    """Measure what is not known yet; ``say`` hears the stage and its share done. Raises VortexError."""
    bank = roster.roster(await engine.experts(), plan.control)
    limits = await answers.limits(engine, [*plan.whole, *plan.tuning])
    store = Store(data_dir / FOLDER / f"{key(ready, plan.profile)}.jsonl", fresh=plan.fresh)
    run = _Run(
        plan=plan,
        say=say,
        bank=bank,
        cases=plan.cases(),
        losses=by_loss([*plan.whole, *plan.tuning]),
        answers=Answers(engine, store, limits),
        routes=Routes(engine, store, code_hash(ready.router)),
    )
    found = await run.strategies()
    mixing = await run.ablation()
    return EvaluationReport(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=plan.profile.name,
        mock=plan.mock,
        settings=plan.settings(run.cases, limits),
        model=Model.of(ready),
        backend=ready.backend,
        bank=dict(sorted(bank.hashes.items())),
        **run.figures(found),
        ablation=mixing,
        host=host.host(),
        versions=host.versions(),
        measured=run.measured,
        seconds=run.seconds,
    )


def key(ready: Ready, profile: Profile) -> str:
    """What every answer depends on besides its prompt and its mix."""
    core = profile.core
    told = [ready.fingerprint, ready.quantization, ready.backend, core.kv_type, core.system_prompt, "greedy"]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


@dataclass
class _Run:
    """The stages of one evaluation, and what they took."""

    plan: Plan
    say: Say
    bank: Roster
    cases: Sequence[Case]
    losses: frozenset[str]
    answers: Answers
    routes: Routes
    measured: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    won: Mapping[str, bool] = field(default_factory=dict)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 2)

    @property
    def _sampled(self) -> frozenset[str]:
        return strategies.sample(self.cases, self.losses)

    async def strategies(self) -> Strategies:
        """Every strategy's mixes, all of them measured."""
        plan, cases = self.plan, self.cases
        found = strategies.without_routing(cases, self.bank)
        found.missing.update(plan.missing)
        with self._stage("best single"):
            self.measured += await best_single.add(
                found, self.answers, self.bank, plan.tuned(), self.losses, cases, self.say
            )
        with self._stage("routing"):
            own = plan.profile.experts.router
            await strategies.add_routed(found, self.routes, self.bank, plan.modes, own, cases, self.say)
        with self._stage("answers"):
            wanted = strategies.needed(found, cases, self.bank, self.losses, self._sampled)
            self.measured += await self.answers.measure(wanted, "answering", self.say)
        self.won = strategies.add_oracle(found, self.answers, self.bank, cases, self.losses)
        return found

    async def ablation(self) -> tuple[Ablation, ...]:
        """The mixing ablation, where adapters were merged for it."""
        labels = dict(zip((case.id for case in self.cases), phrasing.clusters(self.cases), strict=True))
        checked = [case for case in self.cases if case.group not in self.losses]
        with self._stage("ablation"):
            rows, measured = await ablation.run(self.answers, self.plan.trials, checked, labels, self.say)
        self.measured += measured
        return rows

    def figures(self, found: Strategies) -> dict[str, Any]:
        """The parts of the report that are computed from what was measured."""
        self.say("figures", 1.0)
        sheet = Sheet(self.cases, found, self.answers, self.bank, self.losses, self._sampled)
        domains = sorted({case.group for case in self.cases if len(case.domains) == 1})
        own = self.plan.reference
        others = [name for name in found.decided if name != own and own in found.decided]
        with self._stage("figures"):
            return {
                "strategies": tuple(figures.strategy(sheet, name) for name in found.mixes),
                "not_available": found.missing,
                "domains": tuple(figures.domain(sheet, name, self.won) for name in domains),
                "modes": tuple(figures.mode(sheet, name) for name in found.decided),
                "comparisons": tuple(
                    one for other in others for one in comparisons.compare(sheet, own, other)
                ),
                "rows": figures.rows(sheet),
            }
