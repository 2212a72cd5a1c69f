"""Does it matter how experts are mixed? The same sets of experts, as an exact mix and merged.

A merged adapter is a file, and each set of experts needs one, so the sets are fixed: both experts of a
pair of domains that are asked alike, extended by those of the next pairs to three and four, at equal
weights; and each expert alone, where only ``ties`` changes anything. The prompts are those of the pair's
own two domains. The figures therefore say what a merge does to experts that answer together, and at the
worst: a router gives a second expert a share only where it is nearly as fit as the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from vortex_tui.evaluation import merging
from vortex_tui.evaluation.answers import Answers, Pair, Say
from vortex_tui.evaluation.bootstrap import clustered
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.merging import METHODS, Source
from vortex_tui.evaluation.pairs import neighbours
from vortex_tui.evaluation.report import Ablation
from vortex_tui.evaluation.roster import alone
from vortex_tui.experts import mix
from vortex_tui.experts.bank import BankEntry
from vortex_tui.experts.mix import Mix, MixPart

EXACT = "exact"
MOST = 4
CASES_A_DOMAIN = 24


@dataclass(frozen=True, slots=True)
class Trial:
    """k experts by one method, asked the prompts of ``domains``; ``folder`` where it had to be written."""

    k: int
    method: str
    domains: tuple[str, ...]
    mix: Mix
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class _Set:
    """Experts that answer together, and whose prompts."""

    experts: tuple[str, ...]
    domains: tuple[str, ...]


def sets(domains: Iterable[str], most: int = MOST) -> list[_Set]:
    """One expert of each domain in a pair; then each pair, grown by the next ones to ``most``."""
    found = neighbours(domains)
    singles = [_Set((domain,), (domain,)) for domain in chain(*found)]
    grown = []
    for place, pair in enumerate(found):
        row = list(dict.fromkeys(chain(*found[place:], *found[:place])))
        grown += [_Set(tuple(row[:k]), pair) for k in range(2, min(most, len(row)) + 1)]
    return singles + grown


def prepare(serving: Mapping[str, BankEntry], domains: Iterable[str], most: int, folder: Path) -> list[Trial]:
    """Write every merged adapter into ``folder``. Raises ExpertError where experts cannot be merged."""
    wanted = sets((domain for domain in domains if domain in serving), min(most, MOST))
    sources = {name: merging.source(serving[name]) for name in set(chain(*(one.experts for one in wanted)))}
    trials = []
    for one in wanted:
        weights = mix.normalised(dict.fromkeys(one.experts, 1.0))
        members = [sources[name] for name in one.experts]
        trials.append(Trial(len(members), EXACT, one.domains, _exact(members, weights)))
        trials += _merged(members, weights, one, folder)
    return trials


def _exact(members: Sequence[Source], weights: Mapping[str, float]) -> Mix:
    manifests = [member.manifest for member in members]
    return mix.make(MixPart(m.id, m.content_hash, weights[m.domain]) for m in manifests)


def _merged(members: Sequence[Source], weights: Mapping[str, float], one: _Set, folder: Path) -> list[Trial]:
    trials = []
    shares = [weights[name] for name in one.experts]
    for method in METHODS:
        target = folder / f"merged-{method}" / "-".join(one.experts)[:128]
        made = merging.write(members, shares, method, target)
        trials.append(Trial(len(members), method, one.domains, alone(made), target))
    return trials


def asked(cases: Iterable[Case]) -> dict[str, list[Case]]:
    """The prompts by domain: of those with checked answers and ordinary wordings, the first 24 by id."""
    found: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda case: case.id):
        if len(case.domains) == 1 and case.answer and case.kind != "plain":
            found.setdefault(case.group, []).append(case)
    return {domain: some[:CASES_A_DOMAIN] for domain, some in found.items()}


def _pairs(trial: Trial, cases: Mapping[str, Sequence[Case]]) -> list[Pair]:
    chosen = chain(*(cases.get(domain, ()) for domain in trial.domains))
    return [Pair(case, trial.mix, "text") for case in chosen]


async def run(
    answers: Answers, trials: Sequence[Trial], cases: Sequence[Case], labels: Mapping[str, str], say: Say
) -> tuple[tuple[Ablation, ...], int]:
    """Measure and compare; ``labels`` are clusters by case id. Also returns how much was not known yet."""
    known = asked(cases)
    by_trial = [_pairs(trial, known) for trial in trials]
    measured = await answers.measure(chain(*by_trial), "mixing ablation", say)
    rows = []
    for k, method in dict.fromkeys((trial.k, trial.method) for trial in trials):
        mine, exact = (_right(answers, trials, by_trial, k, which) for which in (method, EXACT))
        names = [pair.case.id for trial, some in _of(trials, by_trial, k, method) for pair in some]
        clusters = clustered(tuple(labels[name] for name in names))
        row = Ablation(
            k=k, method=method, exact=clusters.mean(mine), less_exact_mix=clusters.mean(mine - exact)
        )
        rows.append(row)
    return tuple(rows), measured


def _of(
    trials: Sequence[Trial], by_trial: Sequence[list[Pair]], k: int, method: str
) -> list[tuple[Trial, list[Pair]]]:
    both = zip(trials, by_trial, strict=True)
    return [(trial, some) for trial, some in both if (trial.k, trial.method) == (k, method)]


def _right(
    answers: Answers, trials: Sequence[Trial], by_trial: Sequence[list[Pair]], k: int, method: str
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    pairs = chain(*(some for _, some in _of(trials, by_trial, k, method)))
    return np.array([answers.right(pair.case, pair.mix) for pair in pairs], np.float64)
