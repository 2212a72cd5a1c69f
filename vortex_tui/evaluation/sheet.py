"""Everything that was measured, as columns over the same cases; a hole is a NaN."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from vortex_tui.evaluation import phrasing
from vortex_tui.evaluation.answers import Answers
from vortex_tui.evaluation.bootstrap import clustered
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.report import Figure
from vortex_tui.evaluation.roster import BASE, Roster, lead
from vortex_tui.evaluation.strategies import Strategies

Column = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sheet:
    """Cases in the order of their ids, with every strategy's answers looked up."""

    cases: Sequence[Case]
    strategies: Strategies
    answers: Answers
    roster: Roster
    losses: frozenset[str]
    sampled: frozenset[str]

    @cached_property
    def labels(self) -> list[str]:
        """The cluster of each case."""
        return phrasing.clusters(self.cases)

    @cached_property
    def right(self) -> dict[str, Column]:
        """By strategy 1 or 0 where the answer was checked."""
        return {name: self._column(name, self._right) for name in self.strategies.mixes}

    @cached_property
    def loss(self) -> dict[str, Column]:
        """By strategy nats a token where they were measured."""
        return {name: self._column(name, self._loss) for name in self.strategies.mixes}

    def _column(self, name: str, measure: Callable[[Case, str], float]) -> Column:
        return np.array([measure(case, name) for case in self.cases], np.float64)

    def _right(self, case: Case, name: str) -> float:
        mix = self.strategies.mixes[name].get(case.id)
        if mix is None or not case.answer or case.group in self.losses:
            return np.nan
        return float(self.answers.right(case, mix))

    def _loss(self, case: Case, name: str) -> float:
        mix = self.strategies.mixes[name].get(case.id)
        return self.answers.loss(case, mix) if mix is not None and case.id in self.sampled else np.nan

    @cached_property
    def first(self) -> dict[str, Column]:
        """By router 1 or 0: an expert of the right domain has the largest weight; NaN where nobody serves."""
        return {name: self._column(name, self._first) for name in self.strategies.decided}

    def _first(self, case: Case, name: str) -> float:
        mix = self.strategies.mixes[name].get(case.id)
        return np.nan if mix is None or not case.domains else float(lead(mix) in case.domains)

    @cached_property
    def active(self) -> dict[str, Column]:
        """By router 1 or 0: an expert was chosen."""
        return {name: self._column(name, self._active) for name in self.strategies.decided}

    def _active(self, case: Case, name: str) -> float:
        mix = self.strategies.mixes[name].get(case.id)
        return np.nan if mix is None else float(bool(mix.parts))

    def kind(self, *kinds: str) -> Mask:
        """Where the cases are of these kinds."""
        return np.array([case.kind in kinds for case in self.cases], bool)

    def domain(self, *domains: str) -> Mask:
        """Where exactly one domain should serve, and it is one of these."""
        return np.array([case.group in domains for case in self.cases], bool)

    @cached_property
    def served(self) -> Mask:
        """Where exactly one domain should serve."""
        return np.array([len(case.domains) == 1 for case in self.cases], bool)

    @cached_property
    def common(self) -> Mask:
        """Where every router decided. Figures over several kinds are of these: all weigh the kinds alike."""
        every = self.strategies.decided.values()
        return np.array([all(case.id in decided for decided in every) for case in self.cases], bool)

    @cached_property
    def by_loss(self) -> Mask:
        """Where the loss is all that can be measured."""
        return np.array([case.group in self.losses for case in self.cases], bool)

    def mean(self, values: Column, where: Mask) -> Figure:
        """The mean of a column where it was measured."""
        return self.ratio(values, np.ones(len(values)), where)

    def ratio(self, above: Column, below: Column, where: Mask) -> Figure:
        """Σ above / Σ below where both were measured, resampled by cluster."""
        kept = where & ~np.isnan(above) & ~np.isnan(below)
        labels = tuple(label for label, keep in zip(self.labels, kept, strict=True) if keep)
        return clustered(labels).ratio(above[kept], below[kept])

    def beats(self, mode: str) -> tuple[Column, Column]:
        """What a router gives its best expert, and whether that expert beat the base: (n,) and (n,).

        Better is a right answer where the base's is wrong, or a lower loss. On prompts that nobody serves no
        expert is taken to beat the base. Mixed prompts, which have no answer, are left out.
        """
        sure, beaten = [], []
        for case, common in zip(self.cases, self.common, strict=True):
            decided = self.strategies.decided[mode].get(case.id)
            if common and case.kind != "mixed" and decided and decided.ranked:
                sure.append(min(1.0, max(0.0, decided.probability)))
                beaten.append(float(self._beats(case, decided.ranked[0])))
        return np.array(sure, np.float64), np.array(beaten, np.float64)

    def _beats(self, case: Case, expert: str) -> bool:
        if not case.answer:
            return False
        mix = self.roster.alone(expert)
        if case.group in self.losses:
            return self.answers.loss(case, mix) < self.answers.loss(case, BASE)
        return self.answers.right(case, mix) and not self.answers.right(case, BASE)


def present(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Only the figures of which there are any prompts."""
    return {name: figure for name, figure in figures.items() if figure.n}
