"""What a person looks at: which prompts move, and a few answered by both, side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from vortex_tui.evaluation.answers import Answers, Pair, Say
from vortex_tui.experts.mix import Mix
from vortex_tui.promotion.outcomes import Outcomes, Row
from vortex_tui.promotion.report import Moved, Sample

SAMPLES = 5
# A bank of ten thousand could move as many prompts: a person reads hundreds.
MOST_MOVED = 1000


def moved(outcomes: Outcomes) -> tuple[Moved, ...]:
    """Every prompt whose mix changes; those that are answered worse come first."""
    rows = outcomes.where(lambda row: row.changed)
    rows.sort(key=lambda row: (row.gain != row.gain, row.gain, row.case.group, row.case.prompt))
    return tuple(
        Moved(
            prompt=row.case.prompt,
            domain=row.case.group,
            before=_weights(row.before),
            after=_weights(row.after),
            better=None if row.gain == 0 or row.gain != row.gain else row.gain > 0,
        )
        for row in rows[:MOST_MOVED]
    )


def _weights(mix: Mix) -> dict[str, float]:
    return {part.expert: part.weight for part in mix.parts}


async def samples(outcomes: Outcomes, domain: str, answers: Answers, say: Say) -> tuple[Sample, ...]:
    """Five held prompts of the domain, chosen by hash and not by how they came out. Raises VortexError."""
    chosen = _chosen(outcomes.of_domain(domain))
    pairs = [Pair(row.case, mix, "text") for row in chosen for mix in (row.before, row.after)]
    await answers.measure(pairs, "answering side by side", say)
    return tuple(
        Sample(
            prompt=row.case.prompt,
            expected=row.case.answer,
            champion=answers.text(row.case, row.before),
            candidate=answers.text(row.case, row.after),
        )
        for row in chosen
    )


def _chosen(rows: Sequence[Row]) -> list[Row]:
    """Those that move before those that do not, of different wordings where there are."""
    ordered = sorted(rows, key=lambda row: (not row.changed, hashlib.sha256(row.case.id.encode()).digest()))
    first: dict[str, Row] = {}
    for row in ordered:
        first.setdefault(row.cluster, row)
    kept = list(first.values())
    return (kept + [row for row in ordered if row not in kept])[:SAMPLES]
