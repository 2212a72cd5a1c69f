"""Which experts beat the base on which prompts: few are tried on every prompt, more where none did.

After successive halving (Jamieson and Talwalkar, AISTATS 2016): each round tries twice as many experts, in
the order of the present router, on at most half as many prompts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vortex_tui.evaluation.answers import Answers, Pair, Say
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.roster import BASE, Roster
from vortex_tui.experts.mix import Mix

# Nats a token that an expert must save on the right answer, where answers are not simply right or wrong.
LEAST_GAIN = 0.05


@dataclass(slots=True)
class Outcome:
    """One prompt: whether the base answers it, and which experts do where the base does not."""

    case: Case
    base_right: bool = False
    winners: list[str] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        """Whether it says anything: somebody answers it, or nobody is meant to."""
        return self.base_right or bool(self.winners) or not self.case.answer


class Trials:
    """Measures outcomes; ``spent`` counts the answers and losses that were not known yet."""

    def __init__(self, answers: Answers, roster: Roster, by_loss: frozenset[str], say: Say) -> None:
        self._answers = answers
        self._roster = roster
        self._by_loss = by_loss
        self._say = say
        self.spent = 0

    async def outcomes(
        self, cases: Sequence[Case], ranked: Mapping[str, Sequence[str]], budget: int
    ) -> list[Outcome]:
        """The outcome of each case; ``ranked`` are experts by case id, the likeliest first.

        Experts are tried while ``budget`` measurements are not spent on them; the base always is.
        """
        asked = [case for case in cases if case.answer]
        await self._measure([(case, BASE) for case in asked], "the base alone")
        found = {case.id: Outcome(case) for case in cases}
        for case in asked:
            found[case.id].base_right = self._right(case, BASE)
        undecided = [found[case.id] for case in asked if not found[case.id].base_right]
        await self._rounds(undecided, ranked, self.spent + budget)
        return list(found.values())

    async def _rounds(
        self, undecided: list[Outcome], ranked: Mapping[str, Sequence[str]], until: int
    ) -> None:
        first, count = 0, 1
        while undecided and self.spent < until and first < len(self._roster.experts):
            trials = [
                (outcome, expert)
                for outcome in undecided
                for expert in ranked[outcome.case.id][first : first + count]
            ][: until - self.spent]
            pairs = [(outcome.case, self._roster.alone(expert)) for outcome, expert in trials]
            await self._measure(pairs, f"{count} more of the experts")
            for (outcome, expert), (case, mix) in zip(trials, pairs, strict=True):
                if self._beats(case, mix):
                    outcome.winners.append(expert)
            rest = [outcome for outcome in undecided if not outcome.winners]
            undecided = rest[: max(1, len(undecided) // 2)]
            first, count = first + count, 2 * count

    async def _measure(self, pairs: Sequence[tuple[Case, Mix]], stage: str) -> None:
        asked = (Pair(case, mix, "loss" if case.group in self._by_loss else "text") for case, mix in pairs)
        self.spent += await self._answers.measure(asked, stage, self._say)

    def _right(self, case: Case, mix: Mix) -> bool:
        return case.group not in self._by_loss and self._answers.right(case, mix)

    def _beats(self, case: Case, mix: Mix) -> bool:
        if case.group in self._by_loss:
            return self._answers.loss(case, BASE) - self._answers.loss(case, mix) >= LEAST_GAIN
        return self._answers.right(case, mix)
