"""What is evaluated: which cases of which bank, by which routers."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vortex_tui.evaluation import strategies
from vortex_tui.evaluation.ablation import Trial
from vortex_tui.evaluation.bootstrap import DRAWS, SEED
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.measures import DELTA
from vortex_tui.evaluation.report import Settings
from vortex_tui.experts.card import ExpertCard
from vortex_tui.profile import Profile

# Cases a domain for choosing the best single expert.
_TUNING = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """What to evaluate.

    ``whole`` are all cases of the split, ``tuning`` those of the calibration split. Of each kind of each
    domain, and of each kind that no domain serves, ``limit`` cases are used. ``aside`` are folders of
    experts that the engine has to be loaded with besides the bank.
    """

    profile: Profile
    whole: Sequence[Case]
    tuning: Sequence[Case]
    modes: Sequence[str]
    limit: int | None = None
    domains: Sequence[str] = ()
    control: ExpertCard | None = None
    trials: Sequence[Trial] = ()
    aside: Sequence[Path] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    mock: bool = False
    fresh: bool = False

    @property
    def reference(self) -> str:
        """The router that the others are compared with."""
        return strategies.reference(self.profile.experts.router)

    def cases(self) -> list[Case]:
        """The cases that are used, in the order of their ids."""
        return self._first(self.whole, self.limit)

    def tuned(self) -> list[Case]:
        """The cases that every expert answers, so that the best can be chosen; few of each domain."""
        served = [case for case in self.tuning if len(case.domains) == 1 and case.answer]
        return self._first(served, min(self.limit or _TUNING, _TUNING))

    def _first(self, cases: Sequence[Case], most: int | None) -> list[Case]:
        """The first ``most`` of each kind of each domain; mixed prompts are one domain for this."""
        kept: list[Case] = []
        taken: Counter[tuple[str, str]] = Counter()
        for case in sorted(filter(self._asked, cases), key=lambda case: case.id):
            taken[case.kind, case.group] += 1
            if most is None or taken[case.kind, case.group] <= most:
                kept.append(case)
        return kept

    def _asked(self, case: Case) -> bool:
        return not self.domains or not case.domains or bool(set(case.domains) & set(self.domains))

    def settings(self, cases: Sequence[Case], limits: Mapping[str, int]) -> Settings:
        """The same for the report."""
        return Settings(
            split=" + ".join(sorted({case.split for case in cases})),
            cases=len(cases),
            limit=self.limit,
            domains=tuple(self.domains),
            split_hash=split_hash(self.whole),
            delta_exact=DELTA,
            delta_nats=DELTA,
            seed=SEED,
            draws=DRAWS,
            reference=self.reference,
            max_new_tokens=dict(sorted(limits.items())),
        )


def split_hash(cases: Sequence[Case]) -> str:
    """SHA-256 (hex) of cases and their answers, in whatever order they come."""
    digest = hashlib.sha256()
    for case in sorted(cases, key=lambda case: case.id):
        digest.update(case.model_dump_json().encode() + b"\n")
    return digest.hexdigest()
