"""The one expert that would serve best if there were no router: chosen where nothing else is tested."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vortex_tui.evaluation.answers import Answers, Pair, Say
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.roster import Roster, told
from vortex_tui.evaluation.strategies import Strategies
from vortex_tui.experts.mix import Mix


async def add(
    found: Strategies, answers: Answers, roster: Roster, tuning: Sequence[Case], losses: frozenset[str],
    cases: Sequence[Case], say: Say,
) -> int:  # fmt: skip
    """Choose it by the mean over the domains of the calibration split; returns how much was measured anew.

    ``tuning`` are the cases that every expert answers. Domains with checked answers decide by exact match;
    where there are none, the loss does.
    """
    some = _decisive(tuning, losses)
    if not some:
        found.missing["best_single"] = "there is no calibration split to choose it on"
        return 0
    exact = some[0].group not in losses
    mixes = [roster.alone(expert) for expert in roster.experts]
    pairs = [Pair(case, mix, "text" if exact else "loss") for case in some for mix in mixes]
    measured = await answers.measure(pairs, "choosing the best single expert", say)
    best = max(mixes, key=lambda mix: _merit(answers, some, mix, exact=exact))
    found.add("best_single", {case.id: best for case in cases}, f"best single: {told(best)}")
    return measured


def _merit(answers: Answers, cases: Iterable[Case], mix: Mix, *, exact: bool) -> float:
    """The mean over domains of what is right, or of the loss below zero."""
    by_domain: dict[str, list[float]] = {}
    for case in cases:
        good = float(answers.right(case, mix)) if exact else -answers.loss(case, mix)
        by_domain.setdefault(case.group, []).append(good)
    return sum(sum(each) / len(each) for each in by_domain.values()) / len(by_domain)


def _decisive(cases: Iterable[Case], losses: frozenset[str]) -> list[Case]:
    """The cases with checked answers; all where there are none."""
    every = list(cases)
    return [case for case in every if case.group not in losses] or every
