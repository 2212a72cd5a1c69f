"""The bank: every expert in the folders of experts, usable or not, by its manifest alone.

Of a manifest only the card is kept: ten thousand experts are some ten megabytes.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vortex_tui import paths
from vortex_tui.errors import ExpertError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.experts import adapter, card, manifest
from vortex_tui.experts.bank_index import BankIndex
from vortex_tui.experts.card import ExpertCard

# As many names as a person reads.
_TOLD_NAMES = 16


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One expert's folder. Without a manifest, or with a ``problem``, it is not used.

    ``alias``: whether its domain's alias names it; None where the domain has no alias (``standing``).
    """

    folder: Path
    manifest: ExpertCard | None
    problem: str = ""
    alias: bool | None = None

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


def _problem(found: ExpertCard, folder: Path, fingerprint: str | None) -> str:
    if (found.domain, found.run_id) != (folder.parent.name, folder.name):
        return f"its manifest is of {found.id}, not of this folder"
    if fingerprint is not None and found.base_fingerprint != fingerprint:
        return f"made for another base ({found.base_fingerprint[:12]}…)"
    return ""


def _entry(folder: Path, fingerprint: str | None, read: Callable[[Path], ExpertCard]) -> BankEntry:
    try:
        found = read(folder)
    except ExpertError as error:
        return BankEntry(folder, None, one_line(f"{error.message}: {error.found}"))
    return BankEntry(folder, found, _problem(found, folder, fingerprint))


def _is_folder(child: os.DirEntry[str]) -> bool:
    try:
        return child.is_dir() and child.name[0] != "."
    except OSError:  # a link that leads in a circle
        return False


def _children(folder: str) -> list[str]:
    """The names of the folders in ``folder``; one that cannot be looked into has none."""
    try:
        with os.scandir(folder) as found:
            return sorted((child.name for child in found if _is_folder(child)), key=os.path.normcase)
    except OSError:
        return []


def _folders(root: Path) -> Iterator[Path]:
    # Strings until a folder is an expert's: a Path for every step costs more than the disk does.
    for domain in _children(str(root)):
        for run in _children(os.path.join(root, domain)):  # noqa: PTH118
            yield root / domain / run


def scan(
    fingerprint: str | None,
    folders: Iterable[Path],
    cache: Path | None = None,
    *,
    believed: bool = True,
    create: bool = True,
) -> list[BankEntry]:
    """Every expert under ``folders``, newest last within a domain; those not for this base have a problem.

    ``cache`` is the folder of the bank's indexes: with it only manifests that changed are read. Without it,
    or when the indexes are not to be ``believed``, every manifest is. Without ``create`` no index is made
    where there is none.
    """
    entries: list[BankEntry] = []
    for root in folders:
        index = BankIndex(root, cache, believed=believed, create=create)
        entries += [_entry(folder, fingerprint, index.card) for folder in _folders(root)]
        index.save()
    return entries


def aside(fingerprint: str, folders: Iterable[Path]) -> list[BankEntry]:
    """Experts outside the bank, a folder each. Raises ExpertError for one that is not for this base."""
    entries = [_entry(folder, fingerprint, card.read) for folder in folders]
    for entry in entries:
        usable(entry)
    return entries


def verify(entry: BankEntry) -> str:
    """Read manifest and adapter whole and check hash and shapes; returns the problem, or nothing."""
    if entry.manifest is None or entry.problem:
        return entry.problem
    try:
        adapter.read(entry.manifest.reread(), entry.folder)
    except VortexError as error:
        return "; ".join(part for part in (error.message, f"found {error.found}") if part)
    return ""


def champions(entries: Iterable[BankEntry]) -> dict[str, BankEntry]:
    """The expert that serves each domain: the one its alias names, else the newest that can be used.

    A domain whose alias names one that cannot be used is served by nobody.
    """
    return {
        entry.manifest.domain: entry
        for entry in entries
        if entry.manifest and not entry.problem and entry.alias is not False
    }


def with_candidates(entries: Iterable[BankEntry], candidates: Iterable[BankEntry]) -> dict[str, BankEntry]:
    """The expert that would serve each domain, were the candidates the champions of theirs."""
    return champions(entries) | {usable(one).domain: one for one in candidates}


def usable(entry: BankEntry) -> ExpertCard:
    """The card of an expert that can be used. Raises ExpertError for one that cannot."""
    if entry.manifest is None or entry.problem:
        raise ExpertError(
            f"the expert {entry.id} cannot be used",
            found=entry.problem,
            mend=f"vortex-tui experts verify {entry.id}",
        )
    return entry.manifest


class Names:
    """The experts by id and by the domain they serve; made once for many questions."""

    def __init__(self, entries: Iterable[BankEntry]) -> None:
        every = list(entries)
        self._domains = {entry.folder.parent.name: entry for entry in every}
        # A champion that cannot be used stands for its domain all the same: no other takes its place.
        named = {entry.folder.parent.name: entry for entry in every if entry.alias}
        by_id = {entry.id: entry for entry in every}
        self._known = self._domains | named | champions(every) | by_id

    def find(self, name: str) -> BankEntry:
        """The expert with that id, or the one that serves that domain. Raises ExpertError."""
        if (entry := self._known.get(name)) is not None:
            return entry
        raise ExpertError(
            f"there is no expert {one_line(name)!r}",
            expected=f"one of {one_line(self._told(name))}",
            mend="vortex-tui experts list",
        )

    def _told(self, name: str) -> str:
        """The names there are; of many, those most like ``name``."""
        names = sorted(self._domains)
        if len(names) <= _TOLD_NAMES:
            return ", ".join(names) or "none: the bank is empty"
        near = difflib.get_close_matches(name[:128], names, 3) or names[:3]
        return f"{', '.join(near)} … ({len(names)} domains)"


def find(name: str, entries: Iterable[BankEntry]) -> BankEntry:
    """The expert with that id, or the one that serves that domain. Raises ExpertError."""
    return Names(entries).find(name)
