"""What is kept in memory of an expert: who it is, not the texts in its manifest."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from vortex_tui.errors import ExpertError
from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ExpertManifest


@dataclass(frozen=True, slots=True)
class ExpertCard:
    """A manifest without its texts: about a kilobyte, whatever the manifest holds.

    ``digest`` is the SHA-256 (hex) of the manifest's bytes when they were read: it tells whether
    something made of an expert's exemplars is still of them.
    """

    folder: Path
    digest: str
    domain: str
    run_id: str
    title: str
    content_hash: str
    base_fingerprint: str
    rank: int
    alpha: float
    target_modules: tuple[str, ...]
    exemplar_count: int

    @property
    def id(self) -> str:
        """``domain/run_id``, unique in a bank."""
        return f"{self.domain}/{self.run_id}"

    @property
    def exemplars(self) -> tuple[str, ...]:
        """The exemplars, read from the disk each time and kept nowhere. Raises ExpertError."""
        return self.reread().exemplars if self.exemplar_count else ()

    def read_exemplars(self) -> tuple[str, ...]:
        """The same, to be handed on."""
        return self.exemplars

    def reread(self) -> ExpertManifest:
        """The manifest as it is now. Raises ExpertError when it is gone, or of another adapter."""
        found = manifest.load(self.folder / manifest.MANIFEST)
        if _identity(found) == _identity(self):
            return found
        raise ExpertError(
            f"the manifest of {self.id} changed after the bank was read",
            found=f"{found.id}, adapter {found.content_hash[:16]}…, base {found.base_fingerprint[:16]}…",
            expected=f"adapter {self.content_hash[:16]}…, base {self.base_fingerprint[:16]}…",
            mend=f"vortex-tui experts verify {self.id}, then load the profile again",
        )


def _identity(described: ExpertManifest | ExpertCard) -> tuple[object, ...]:
    """What an adapter is held against before it is used: titles and exemplars may change under way."""
    return (
        described.id,
        described.content_hash,
        described.base_fingerprint,
        described.rank,
        described.alpha,
        described.target_modules,
    )


def of(described: ExpertManifest, folder: Path, digest: str) -> ExpertCard:
    """The card of the expert in ``folder``."""
    return ExpertCard(
        folder=folder,
        digest=digest,
        domain=described.domain,
        run_id=described.run_id,
        title=described.title,
        content_hash=described.content_hash,
        # One object for all experts of a base.
        base_fingerprint=sys.intern(described.base_fingerprint),
        rank=described.rank,
        alpha=described.alpha,
        target_modules=tuple(map(sys.intern, described.target_modules)),
        exemplar_count=len(described.exemplars),
    )


def read(folder: Path) -> ExpertCard:
    """The card of the expert in ``folder``, from its manifest. Raises ExpertError."""
    file = folder / manifest.MANIFEST
    raw = manifest.read_bytes(file)
    return of(manifest.parse(raw, file), folder, hashlib.sha256(raw).hexdigest())
