"""What is judged: a candidate, the bank it is judged in, and the prompts that both are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vortex_tui.doctor.bank import entries
from vortex_tui.evaluation import phrasing, splits
from vortex_tui.evaluation.case import Case
from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.experts.card import ExpertCard
from vortex_tui.profile import Profile
from vortex_tui.promotion import candidate as candidates
from vortex_tui.promotion import policy as policies
from vortex_tui.promotion.candidate import Candidate
from vortex_tui.promotion.cost import Rivals, rivals
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.report import Version


@dataclass(frozen=True)
class Matter:
    """One judgement's subject. ``elsewhere``: more folders in which its training data may lie."""

    profile: Profile
    data_dir: Path
    candidate: Candidate
    policy: Policy
    mock: bool
    elsewhere: Sequence[Path]
    entries: Mapping[str, BankEntry]
    cases: Sequence[Case]

    @cached_property
    def serving(self) -> dict[str, ExpertCard]:
        """The champion of each domain."""
        return {domain: bank.usable(entry) for domain, entry in self.entries.items()}

    @property
    def champion(self) -> ExpertCard | None:
        """The one whose place it would take."""
        return self.serving.get(self.candidate.domain)

    @property
    def bank(self) -> tuple[Version, ...]:
        """The champions it is judged among."""
        return tuple(version(self.serving[domain]) for domain in sorted(self.serving))

    @property
    def own(self) -> list[Case]:
        """The prompts of its domain."""
        return [case for case in self.cases if case.domains == (self.candidate.domain,) and case.answer]

    @property
    def wordings(self) -> int:
        """In how many wordings they are asked."""
        return len(set(phrasing.clusters(self.own)))

    @property
    def rivals(self) -> Rivals:
        """Whom its cost is held against."""
        sizes = {card.id: self.entries[domain].bytes for domain, card in self.serving.items()}
        mine = BankEntry(self.candidate.folder, self.candidate.card).bytes
        champion = self.champion.id if self.champion else None
        names = [card.id for card in self.serving.values()]
        return rivals(self.candidate.id, champion, names, sizes | {self.candidate.id: mine})


def version(card: ExpertCard) -> Version:
    """An expert of the bank, in reports."""
    return Version(id=card.id, content_hash=card.content_hash)


def read(
    profile: Profile,
    data_dir: Path,
    folder: Path,
    *,
    mock: bool,
    elsewhere: Sequence[Path] = (),
    policy: Policy | None = None,
) -> Matter:
    """Candidate, bank and prompts, from files alone. Raises ExpertError, SplitError or StorageError."""
    found = splits.find(profile, data_dir, "gate")
    known = {case.id for case in found}
    cases = found + [case for case in splits.unserved() if case.id not in known]
    return Matter(
        profile=profile,
        data_dir=data_dir,
        candidate=candidates.read(folder),
        policy=policy or policies.of(profile),
        mock=mock,
        elsewhere=elsewhere,
        entries=bank.champions(entries(profile, data_dir)),
        cases=sorted(cases, key=lambda case: case.id),
    )
