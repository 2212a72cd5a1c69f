"""What the promotion screen shows, read from files: candidates, whether reports still hold, the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vortex_tui.errors import ExpertError, VortexError
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.profile import Profile
from vortex_tui.promotion import candidates, here, ledger, policy, promote, terms
from vortex_tui.promotion.candidates import Candidate
from vortex_tui.promotion.report import Version
from vortex_tui.promotion.site import Site
from vortex_tui.promotion.terms import Difference, Terms
from vortex_tui.promotion.verification import Verification, verify


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run in quarantine: its manifest where it can be read, what of its report is not so now, its age.

    The report of one that serves is what it was promoted by, and does not become stale by that.
    """

    candidate: Candidate
    manifest: ExpertManifest | None
    champion: Version | None
    stale: tuple[Difference, ...]
    seconds: float | None

    @property
    def id(self) -> str:
        """``domain/run_id``."""
        return self.candidate.entry.id

    @property
    def serves(self) -> bool:
        """Whether it is the champion of its domain."""
        card = self.candidate.entry.manifest
        told = (card.id, card.content_hash) if card else None
        return self.champion is not None and told == (self.champion.id, self.champion.content_hash)

    @property
    def domain(self) -> str:
        """The domain it would serve."""
        return self.candidate.entry.folder.parent.name


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Everything at one moment. ``trouble``: why the ledger could not be looked at."""

    waiting: tuple[Waiting, ...] = ()
    ledger: Verification | None = None
    trouble: VortexError | None = None

    def find(self, id: str | None) -> Waiting | None:
        """The candidate of that id; None when it is not there."""
        return next((each for each in self.waiting if each.id == id), None)


def terms_of(profile: Profile, *, mock: bool) -> Terms:
    """What a promotion has to agree with under the profile's own policy."""
    return here.terms(policy.of(profile).hash, mock=mock)


def look(profile: Profile, data_dir: Path, *, mock: bool) -> Quarantine:
    """Read it all. Raises ModelError without the profile's base, StorageError for damaged aliases."""
    site = here.site(profile, data_dir)
    found, trouble = _ledger(data_dir)
    asked = terms_of(profile, mock=mock)
    lines = found.lines if found else ()
    known = candidates.candidates(site, lines)
    return Quarantine(_waiting(known, site, asked, promote.judgements(lines)), found, trouble)


def _ledger(data_dir: Path) -> tuple[Verification | None, VortexError | None]:
    try:
        return verify(data_dir), None
    except VortexError as error:
        return None, error


def _waiting(
    known: Sequence[Candidate], site: Site, asked: Terms, judged: Collection[str]
) -> tuple[Waiting, ...]:
    serving, domains = site.serving(), {each.entry.folder.parent.name for each in known}
    champions = {domain: site.champion(domain) for domain in domains}

    def one(found: Candidate) -> Waiting:
        champion, report, stale = champions[found.entry.folder.parent.name], found.report, list[Difference]()
        if report is not None and champion != report.candidate:
            stale = terms.differences(report, found.entry, champion, site.base, asked)
            stale += terms.estranged(report, serving, judged)
        manifest = _manifest(found)
        return Waiting(found, manifest, champion, tuple(stale), _age(manifest.created if manifest else ""))

    return tuple(map(one, known))


def _manifest(found: Candidate) -> ExpertManifest | None:
    try:
        return found.entry.manifest.reread() if found.entry.manifest else None
    except ExpertError:
        return None  # it changed between two looks: the next one tells


def _age(created: str) -> float | None:
    """Seconds since; None for what is no time."""
    try:
        return (ledger.now().astimezone() - datetime.fromisoformat(created).astimezone()).total_seconds()
    except (ValueError, OverflowError, OSError):
        return None
