"""Each prompt before and after: who answers it, and whether that is better."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vortex_tui.evaluation import phrasing
from vortex_tui.evaluation.answers import Answers, Pair, Say
from vortex_tui.evaluation.case import Case, by_loss
from vortex_tui.experts.mix import Mix
from vortex_tui.promotion.estimates import Estimate, Vector, of_answers, of_losses, of_rate
from vortex_tui.promotion.routed import Both


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt. ``gain``: 1, 0 or -1 where answers are right or wrong, else the nats that are saved.

    A mix that does not change ties by construction; NaN where there is nothing to compare by.
    """

    case: Case
    cluster: str
    before: Mix
    after: Mix
    called: tuple[float, float]
    gain: float

    @property
    def changed(self) -> bool:
        """Whether another mix answers now."""
        return self.before.hash != self.after.hash

    def newly(self, domain: str) -> bool:
        """Whether an expert of ``domain`` takes part now and none did."""
        return _has(self.after, domain) and not _has(self.before, domain)


def _has(mix: Mix, domain: str) -> bool:
    return any(part.expert.partition("/")[0] == domain for part in mix.parts)


@dataclass(frozen=True)
class Outcomes:
    """All rows, and which groups are measured by loss."""

    rows: Sequence[Row]
    losses: frozenset[str]

    def where(self, wanted: Callable[[Row], bool]) -> list[Row]:
        """The rows that are wanted."""
        return [row for row in self.rows if wanted(row)]

    def of_domain(self, domain: str) -> list[Row]:
        """The prompts that this domain alone serves and that can be judged."""
        return self.where(lambda row: row.case.domains == (domain,) and bool(row.case.answer))

    def unit(self, domain: str) -> str:
        """The unit of its gains; none for a share of prompts."""
        return "nats" if domain in self.losses else ""

    def estimate(self, domain: str, z: float) -> Estimate:
        """The mean gain of a domain's prompts, with bounds of ``z``."""
        rows = self.of_domain(domain)
        measure = of_losses if domain in self.losses else of_answers
        return measure(*_columns(rows, lambda row: row.gain), z)


def rate(rows: Sequence[Row], of: Callable[[Row], bool]) -> Estimate:
    """The share of ``rows`` that are so."""
    return of_rate(*_columns(rows, lambda row: float(of(row))))


def _columns(rows: Sequence[Row], value: Callable[[Row], float]) -> tuple[Vector, list[str]]:
    return np.array([value(row) for row in rows], np.float64), [row.cluster for row in rows]


async def measure(cases: Sequence[Case], decided: Mapping[str, Both], answers: Answers, say: Say) -> Outcomes:
    """Generate, or score, what changed; the rest ties. Raises VortexError."""
    losses = by_loss(cases)
    changed = [case for case in cases if _changed(decided[case.id]) and case.answer]
    pairs = [
        Pair(case, one.mix, "loss" if case.group in losses else "text")
        for case in changed
        for one in (decided[case.id].before, decided[case.id].after)
    ]
    await answers.measure(pairs, "answering what moves", say)
    clusters = phrasing.clusters(cases)
    rows = [
        Row(
            case=case,
            cluster=cluster,
            before=(both := decided[case.id]).before.mix,
            after=both.after.mix,
            called=(both.before.called_for, both.after.called_for),
            gain=_gain(case, both, answers, losses),
        )
        for case, cluster in zip(cases, clusters, strict=True)
    ]
    return Outcomes(rows, losses)


def _changed(both: Both) -> bool:
    return both.before.mix.hash != both.after.mix.hash


def _gain(case: Case, both: Both, answers: Answers, losses: frozenset[str]) -> float:
    if not case.answer:
        return math.nan
    if not _changed(both):
        return 0.0
    before, after = both.before.mix, both.after.mix
    if case.group in losses:
        return answers.loss(case, before) - answers.loss(case, after)
    return float(answers.right(case, after)) - float(answers.right(case, before))
