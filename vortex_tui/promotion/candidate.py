"""A candidate in quarantine: found by its id, read as it lies there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vortex_tui.escape import one_line
from vortex_tui.experts import card, manifest
from vortex_tui.experts.card import ExpertCard
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.promotion.report import PromotionError, Version

QUARANTINE = Path("experts_hf") / "quarantine"
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """Its folder, and its manifest when it was read. ``card`` tells the manifest's own digest."""

    folder: Path
    manifest: ExpertManifest
    card: ExpertCard

    @property
    def id(self) -> str:
        """``domain/run_id``."""
        return self.manifest.id

    @property
    def domain(self) -> str:
        """The domain it would serve."""
        return self.manifest.domain

    @property
    def version(self) -> Version:
        """Who it is, in reports."""
        return Version(id=self.id, content_hash=self.manifest.content_hash)


def read(folder: Path) -> Candidate:
    """The candidate in ``folder``. Raises ExpertError when its manifest cannot be read."""
    return Candidate(folder, manifest.load(folder / manifest.MANIFEST), card.read(folder))


def find(data_dir: Path, name: str) -> Path:
    """The folder of a candidate, by ``domain/run_id``, its run id, or its domain where it is alone.

    Raises PromotionError for a name that is none's, or several's.
    """
    known = folders(data_dir)
    found = [folder for folder in known if name in (_id(folder), folder.name, folder.parent.name)]
    if len(found) == 1:
        return found[0]
    told = ", ".join(map(_id, (found or known)[:_SHOWN])) or "none: nothing is in quarantine"
    raise PromotionError(
        f"{one_line(name)!r} is {'several candidates' if found else 'no candidate'}",
        found=one_line(f"candidates: {told}"),
        expected="a domain/run_id of a folder in quarantine",
        mend="name one of them whole, or train one: vortex-tui train-experts",
    )


def folders(data_dir: Path) -> list[Path]:
    """The folders of all candidates; those of unfinished runs, which have no manifest, are none."""
    return sorted(file.parent for file in (data_dir / QUARANTINE).glob(f"*/*/{manifest.MANIFEST}"))


def _id(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"
