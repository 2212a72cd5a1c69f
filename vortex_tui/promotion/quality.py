"""The gates on what is answered: gain, other domains, harm, theft, and enough prompts to say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from vortex_tui.promotion import gating
from vortex_tui.promotion.estimates import ONE_SIDED, TWO_SIDED
from vortex_tui.promotion.outcomes import Outcomes, Row, rate
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.report import Gate, GateVerdict
from vortex_tui.promotion.verdict import TITLES

_UNSERVED = ("native", "far")
_SHOWN = 10


def samples(domain: str, prompts: int, clusters: int, policy: Policy) -> Gate:
    """Whether the domain itself has enough prompts, in enough wordings, to be judged at all."""
    least = policy.thresholds.min_samples
    enough = prompts >= least and clusters >= policy.min_clusters
    verdict: GateVerdict = "pass" if enough else "inconclusive"
    reason = (
        f"{prompts} prompts of {clusters} wordings for {domain}; at least {least} of {policy.min_clusters} "
        "wordings wanted" + ("" if enough else f": add to corpora/{domain}/gate.jsonl")
    )
    return Gate(
        id="samples", title=TITLES["samples"], verdict=verdict, value=prompts, threshold=least,
        samples=prompts, reason=reason,
    )  # fmt: skip


def gain(outcomes: Outcomes, domain: str, champion: str | None, policy: Policy) -> Gate:
    """Gain over the champion, or over the base where the domain has none, routed as the bank would."""
    rows = outcomes.of_domain(domain)
    return gating.gain(
        outcomes.estimate(domain, TWO_SIDED),
        policy.thresholds.min_gain,
        outcomes.unit(domain),
        {"against": champion or "base", **_counts(rows)},
    )


def others(outcomes: Outcomes, domain: str, serving: Iterable[str], policy: Policy) -> list[Gate]:
    """A gate for each other domain that somebody serves or that there are prompts of."""
    asked = {row.case.domains[0] for row in outcomes.rows if len(row.case.domains) == 1}
    names = sorted((asked | set(serving)) - {domain})
    if not names:
        reason = "no other domain is served or has prompts"
        return [Gate(id="others", title=TITLES["others"], verdict="not_applicable", reason=reason)]
    return [
        gating.not_worse(
            f"others/{name}",
            outcomes.estimate(name, ONE_SIDED),
            policy.thresholds.margin,
            outcomes.unit(name),
            _counts(outcomes.of_domain(name)),
        )
        for name in names
    ]


def harm(outcomes: Outcomes, policy: Policy) -> Gate:
    """Of prompts that no expert serves: a right answer lost, or an expert where the base answered.

    ``near`` prompts are told and do not count: a neighbour's task in a domain's own words has no right
    answer here to be lost.
    """
    rows = outcomes.where(lambda row: row.case.kind in _UNSERVED)
    near = outcomes.where(lambda row: row.case.kind == "near")
    details: gating.Details = {
        "spoiled": list(_spoiled_prompts(rows)),
        "near": len(near),
        "near_newly_served": sum(_newly_served(row) for row in near),
    }
    return gating.rare("harm", rate(rows, _spoiled), policy.thresholds.max_harm, details)


def _spoiled_prompts(rows: Sequence[Row]) -> Iterator[str]:
    return islice((row.case.prompt for row in rows if _spoiled(row)), _SHOWN)


def _spoiled(row: Row) -> bool:
    return row.gain < 0 if row.case.answer else _newly_served(row)


def _newly_served(row: Row) -> bool:
    return bool(row.after.parts) and not row.before.parts


def theft(outcomes: Outcomes, domain: str, policy: Policy) -> Gate:
    """Of other domains' prompts: those that the newcomer takes part in now, and that are answered worse."""

    def foreign(row: Row) -> bool:
        return bool(row.case.answer) and len(row.case.domains) == 1 and row.case.domains != (domain,)

    rows = outcomes.where(foreign)
    taken = [row for row in rows if row.newly(domain)]
    details: gating.Details = {
        "taken": len(taken),
        "worse": sum(row.gain < 0 for row in taken),
        "better": sum(row.gain > 0 for row in taken),
    }
    if not rows:
        reason = "there is no other domain's prompt that could be taken"
        return Gate(id="theft", title=TITLES["theft"], verdict="not_applicable", reason=reason)
    stolen = rate(rows, lambda row: row.newly(domain) and row.gain < 0)
    return gating.rare("theft", stolen, policy.thresholds.max_theft, details)


def _counts(rows: Sequence[Row]) -> gating.Details:
    return {
        "changed": sum(row.changed for row in rows),
        "better": sum(row.gain > 0 for row in rows),
        "worse": sum(row.gain < 0 for row in rows),
    }
