"""Ways to choose a mix for a prompt: by no router, by each router, and by knowing the right one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vortex_tui.errors import ProfileError
from vortex_tui.escape import one_line
from vortex_tui.evaluation.answers import Answers, Pair, Say
from vortex_tui.evaluation.bootstrap import SEED
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.roster import BASE, Roster
from vortex_tui.evaluation.routes import Decided, Routes, modes
from vortex_tui.experts.mix import Mix
from vortex_tui.settings import Router

_LOSS_SAMPLE = 24
# Of each domain's prompts of one kind, by routers other than the reference: each decision costs the encoder.
_OTHERS_DECIDE = 120
TITLES = {
    "base": "base",
    "random": "random expert",
    "best_single": "best single expert",
    "multitask": "multitask adapter",
    "top1": "routed top-1",
    "topk": "routed top-k mix",
    "oracle": "per-domain oracle",
}


@dataclass(slots=True)
class Strategies:
    """A mix by strategy and case id, the routers' decisions, what could not be and why.

    A router may have decided only some of the cases.
    """

    mixes: dict[str, dict[str, Mix]] = field(default_factory=dict)
    decided: dict[str, dict[str, Decided]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, mixes: Mapping[str, Mix], title: str = "") -> None:
        """One more strategy."""
        self.mixes[name] = dict(mixes)
        self.titles[name] = title or TITLES.get(name, f"router {name}")

    def best(self, case: Case) -> dict[str, str]:
        """Each router's best expert for a case, chosen or not."""
        known = {mode: decided.get(case.id) for mode, decided in self.decided.items()}
        return {mode: one.ranked[0] for mode, one in known.items() if one and one.ranked}


def reference(router: Router) -> str:
    """The mode that others are compared with: the profile's own, or hybrid where that is by hand or off."""
    return router.mode if router.mode in modes() else modes()[0]


def without_routing(cases: Sequence[Case], roster: Roster) -> Strategies:
    """Base, a random expert a prompt, and the control where there is one."""
    found = Strategies()
    found.add("base", {case.id: BASE for case in cases})
    found.add("random", {case.id: roster.alone(_drawn(case, roster.experts)) for case in cases})
    if roster.control:
        found.add("multitask", {case.id: roster.control for case in cases})
    else:
        found.missing["multitask"] = "this bank has no adapter that was trained on all domains at once"
    return found


def _drawn(case: Case, experts: Sequence[str]) -> str:
    return random.Random(f"{SEED}:{case.id}").choice(experts)


async def add_routed(
    found: Strategies, routes: Routes, roster: Roster, wanted: Sequence[str], own: Router,
    cases: Sequence[Case], say: Say,
) -> None:  # fmt: skip
    """Each mode in ``wanted``; then the reference mode's single best expert and its mix of several.

    The reference mode decides every case, the others a share of the many ordinary ones.
    """
    fewer = _fewer(cases)
    for mode in wanted:
        settings = own.model_copy(update={"mode": mode})
        asked = cases if mode == reference(own) else fewer
        try:
            found.decided[mode] = await routes.decide(settings, asked, f"routing, {mode}", say)
        except ProfileError as error:
            found.missing[mode] = one_line(f"{error.message}: {error.found}".removesuffix(": "))
            continue
        found.add(mode, _mixes(found.decided[mode], roster))
    if (mode := reference(own)) in found.decided:
        several, single = await _several_and_single(routes, own.model_copy(update={"mode": mode}), cases, say)
        found.add("top1", _mixes(single, roster))
        found.add("topk", _mixes(several, roster))


def _fewer(cases: Iterable[Case]) -> list[Case]:
    """All but those beyond the first 120, by id, of a kind of a domain."""
    taken: Counter[tuple[str, str]] = Counter()
    kept = []
    for case in sorted(cases, key=lambda case: case.id):
        taken[case.kind, case.group] += 1
        if not case.domains or taken[case.kind, case.group] <= _OTHERS_DECIDE:
            kept.append(case)
    return kept


async def _several_and_single(
    routes: Routes, own: Router, cases: Sequence[Case], say: Say
) -> tuple[dict[str, Decided], dict[str, Decided]]:
    mixed = own.model_copy(update={"mix_mode": "weighted", "top_k": max(2, own.top_k)})
    several = await routes.decide(mixed, cases, "routing, top-k", say)
    # Where a mix of one or none was chosen, its best expert alone is the same.
    shared = [case for case in cases if len(several[case.id].mix) > 1]
    single = own.model_copy(update={"mix_mode": "single"})
    return several, several | await routes.decide(single, shared, "routing, top-1", say)


def _mixes(decided: Mapping[str, Decided], roster: Roster) -> dict[str, Mix]:
    return {name: roster.mix(one.mix) for name, one in decided.items()}


def sample(cases: Iterable[Case], losses: frozenset[str]) -> frozenset[str]:
    """Ids of the cases whose loss is measured: all where nothing else is, else 24 a domain."""
    taken: Counter[str] = Counter()
    chosen = set()
    for case in sorted(cases, key=lambda case: case.id):
        if case.answer and case.domains:
            taken[case.group] += 1
            if case.group in losses or taken[case.group] <= _LOSS_SAMPLE:
                chosen.add(case.id)
    return frozenset(chosen)


def needed(
    found: Strategies, cases: Sequence[Case], roster: Roster, losses: frozenset[str], sampled: frozenset[str]
) -> list[Pair]:
    """Every measurement that the strategies, the oracle and the routers' calibration ask for."""
    pairs = []
    for case in cases:
        if not case.answer:
            continue
        main: list[Mix] = [mixes[case.id] for mixes in found.mixes.values() if case.id in mixes]
        if case.group in roster.serving:
            main.append(roster.alone(roster.serving[case.group]))
        best = [roster.alone(expert) for expert in found.best(case).values()]
        if case.group not in losses:
            pairs += [Pair(case, mix, "text") for mix in (*main, *best)]
        if case.id in sampled:
            pairs += [Pair(case, mix, "loss") for mix in main]
        if case.group in losses:
            pairs += [Pair(case, mix, "loss") for mix in best]
    return pairs


def add_oracle(
    found: Strategies, answers: Answers, roster: Roster, cases: Sequence[Case], losses: frozenset[str]
) -> dict[str, bool]:
    """Per domain the better of its expert and the base, on these very cases; which domains the expert won."""
    won: dict[str, bool] = {}
    for domain, expert in roster.serving.items():
        mine = [case for case in cases if case.group == domain and case.answer]
        measure = answers.loss if domain in losses else answers.right
        sign = -1 if domain in losses else 1
        gains = [sign * (measure(c, roster.alone(expert)) - measure(c, BASE)) for c in mine]
        won[domain] = sum(gains) > 0
    by_group = {name: roster.alone(expert) for name, expert in roster.serving.items() if won[name]}
    found.add("oracle", {case.id: by_group.get(case.group, BASE) for case in cases})
    return won
