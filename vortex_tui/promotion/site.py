"""A data folder's bank under one base: who is in it, who is champion of what, what is in quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vortex_tui.errors import ExpertError
from vortex_tui.escape import one_line
from vortex_tui.experts import aliases, bank, standing
from vortex_tui.experts.aliases import Champion
from vortex_tui.experts.bank import BankEntry
from vortex_tui.promotion.report import PromotionError, Version


@dataclass(frozen=True, slots=True)
class Site:
    """A data folder and the base whose experts are meant; ``with_nano``: the shipped ones are among them."""

    data_dir: Path
    base: str
    with_nano: bool

    @property
    def quarantine(self) -> Path:
        """Where training leaves its runs."""
        return self.data_dir / "experts_hf" / "quarantine"

    @property
    def registry(self) -> Path:
        """Where promoted versions are, two levels down."""
        return bank.roots(self.data_dir, with_nano=False)[0]

    def entries(self) -> list[BankEntry]:
        """Every expert of the bank. Raises StorageError when the aliases are damaged."""
        return standing.entries(self.base, self.data_dir, with_nano=self.with_nano)

    def candidates(self) -> list[BankEntry]:
        """Everything in quarantine, what cannot be used as well."""
        return bank.scan(self.base, [self.quarantine])

    def candidate(self, id: str) -> BankEntry:
        """The run of that id, read whole. Raises ExpertError or PromotionError."""
        found = next((entry for entry in self.candidates() if entry.id == id), None)
        if found is None:
            raise PromotionError(
                f"there is no candidate {one_line(id)!r}",
                expected="domain/run_id of a run in quarantine",
                mend="vortex-tui candidates",
            )
        if problem := bank.verify(found):
            raise ExpertError(f"the candidate {found.id} is refused", found=problem, expected="a whole run")
        return found

    def champion(self, domain: str) -> Version | None:
        """Who serves a domain now: its alias, also when that is gone, else the newest usable."""
        if (alias := aliases.read(self.data_dir).of(self.base, domain)) is not None:
            return version(alias.champion)
        serving = bank.champions(self.entries()).get(domain)
        return version_of(serving) if serving else None

    def serving(self) -> tuple[Version, ...]:
        """Who serves now, a version a domain, in the domains' order: the bank a candidate is judged in."""
        found = bank.champions(self.entries())
        return tuple(version_of(found[domain]) for domain in sorted(found))

    def whole(self, wanted: Champion) -> bool:
        """Whether that version is in the bank, and its adapter is what it says it is."""
        return any(
            entry.id == wanted.id
            and entry.manifest is not None
            and entry.manifest.content_hash == wanted.content_hash
            and not bank.verify(entry)
            for entry in self.entries()
        )


def version_of(entry: BankEntry) -> Version:
    """An expert as reports and the ledger name it. Raises ExpertError for one that cannot be used."""
    card = bank.usable(entry)
    return Version(id=card.id, content_hash=card.content_hash)


def version(champion: Champion | None) -> Version | None:
    """An alias' champion as the ledger names it."""
    return Version(id=champion.id, content_hash=champion.content_hash) if champion else None


def champion(version: Version | None, since: str = "") -> Champion | None:
    """A version as an alias names it."""
    return Champion(id=version.id, content_hash=version.content_hash, since=since) if version else None
