"""The temperature of a mix's weights: the one under which right answers are likeliest on unsure prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vortex_tui.evaluation.answers import Answers, Pair, Say
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.roster import Roster
from vortex_tui.experts.mix import Mix
from vortex_tui.routing.weighing import Policy, weigh

# From one expert in all but name to shares as large as the probabilities.
TEMPERATURES = (0.1, 0.25, 0.5, 1.0)
_CASES = 60

Shares = Mapping[str, float]


async def temperature(
    answers: Answers, roster: Roster, unsure: Sequence[tuple[Case, Shares]], top_k: int, say: Say
) -> tuple[float, dict[str, float]]:
    """The temperature of the least mean loss on ``unsure`` prompts, and each one's loss (nats a token).

    The lowest where no prompt is unsure: mixes move experts off the scale they were trained at.
    """
    asked = unsure[:_CASES]
    if not asked:
        return TEMPERATURES[0], {}
    mixes = {t: [_mix(roster, shares, Policy(top_k, t)) for _, shares in asked] for t in TEMPERATURES}
    pairs = (
        Pair(case, mix, "loss") for some in mixes.values() for (case, _), mix in zip(asked, some, strict=True)
    )
    await answers.measure(pairs, "mixes of unsure prompts", say)
    losses = {
        t: sum(answers.loss(case, mix) for (case, _), mix in zip(asked, some, strict=True)) / len(asked)
        for t, some in mixes.items()
    }
    return min(losses, key=lambda t: losses[t]), {str(t): round(loss, 4) for t, loss in losses.items()}


def _mix(roster: Roster, shares: Shares, policy: Policy) -> Mix:
    return roster.mix(weigh(shares, policy).items())
