"""The bank: every expert in the folders of experts, usable or not, by its manifest alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vortex_tui import paths
from vortex_tui.errors import ExpertError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.experts import adapter, manifest
from vortex_tui.experts.manifest import ExpertManifest


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One expert's folder. Without a manifest, or with a ``problem``, it is not used."""

    folder: Path
    manifest: ExpertManifest | None
    problem: str = ""

    @property
    def id(self) -> str:
        """``domain/run_id``, also when the manifest cannot be read."""
        if self.manifest is not None:
            return self.manifest.id
        return one_line(f"{self.folder.parent.name}/{self.folder.name}")

    @property
    def bytes(self) -> int:
        """Size of the adapter's weights on disk; 0 when they are not there."""
        file = self.folder / manifest.ADAPTER / manifest.WEIGHTS_FILE
        return file.stat().st_size if file.is_file() else 0


def roots(data_dir: Path, *, with_nano: bool) -> list[Path]:
    """The folders of experts: nano's own when nano is the base, and the user's registry."""
    registry = data_dir / "experts_hf" / "registry" / "experts"
    return [paths.nano() / "experts", registry] if with_nano else [registry]


def _problem(found: ExpertManifest, folder: Path, fingerprint: str | None) -> str:
    if (found.domain, found.run_id) != (folder.parent.name, folder.name):
        return f"its manifest is of {found.id}, not of this folder"
    if fingerprint is not None and found.base_fingerprint != fingerprint:
        return f"made for another base ({found.base_fingerprint[:12]}…)"
    return ""


def _entry(folder: Path, fingerprint: str | None) -> BankEntry:
    try:
        found = manifest.load(folder / manifest.MANIFEST)
    except ExpertError as error:
        return BankEntry(folder, None, one_line(f"{error.message}: {error.found}"))
    return BankEntry(folder, found, _problem(found, folder, fingerprint))


def _children(folder: Path) -> list[Path]:
    """The folders in ``folder``; one that cannot be looked into has none."""
    try:
        return sorted(child for child in folder.iterdir() if child.is_dir() and child.name[0] != ".")
    except OSError:
        return []


def _folders(root: Path) -> Iterator[Path]:
    for domain in _children(root):
        yield from _children(domain)


def scan(fingerprint: str | None, folders: Iterable[Path]) -> list[BankEntry]:
    """Every expert under ``folders``, newest last within a domain; those not for this base have a problem."""
    return [_entry(folder, fingerprint) for root in folders for folder in _folders(root)]


def aside(fingerprint: str, folders: Iterable[Path]) -> list[BankEntry]:
    """Experts outside the bank, a folder each. Raises ExpertError for one that is not for this base."""
    entries = [_entry(folder, fingerprint) for folder in folders]
    for entry in entries:
        usable(entry)
    return entries


def verify(entry: BankEntry) -> str:
    """Read the adapter whole and check its hash and shapes; returns the problem, or nothing."""
    if entry.manifest is None or entry.problem:
        return entry.problem
    try:
        adapter.read(entry.manifest, entry.folder)
    except VortexError as error:
        return "; ".join(part for part in (error.message, f"found {error.found}") if part)
    return ""


def champions(entries: Iterable[BankEntry]) -> dict[str, BankEntry]:
    """The expert that serves each domain: the newest that can be used."""
    return {entry.manifest.domain: entry for entry in entries if entry.manifest and not entry.problem}


def usable(entry: BankEntry) -> ExpertManifest:
    """The manifest of an expert that can be used. Raises ExpertError for one that cannot."""
    if entry.manifest is None or entry.problem:
        raise ExpertError(
            f"the expert {entry.id} cannot be used",
            found=entry.problem,
            mend=f"vortex-tui experts verify {entry.id}",
        )
    return entry.manifest


def find(name: str, entries: Iterable[BankEntry]) -> BankEntry:
    """The expert with that id, or the one that serves that domain. Raises ExpertError."""
    every = list(entries)
    by_domain = {entry.folder.parent.name: entry for entry in every}
    by_id = {entry.id: entry for entry in every}
    entry = (by_domain | champions(every) | by_id).get(name)
    if entry is None:
        names = ", ".join(sorted(by_domain)) or "none: the bank is empty"
        raise ExpertError(
            f"there is no expert {one_line(name)!r}",
            expected=f"one of {one_line(names)}",
            mend="vortex-tui experts list",
        )
    return entry
