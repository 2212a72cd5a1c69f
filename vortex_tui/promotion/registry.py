"""Versions that are written once, and the aliases that move between them."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vortex_tui import atomic
from vortex_tui.errors import ExpertError
from vortex_tui.escape import one_line
from vortex_tui.experts import aliases, bank, card, manifest
from vortex_tui.experts.aliases import Alias
from vortex_tui.experts.bank import BankEntry
from vortex_tui.promotion import durable
from vortex_tui.promotion.ledger import OnStep, locked
from vortex_tui.promotion.report import PromotionError, Version
from vortex_tui.promotion.site import Site

# Hidden folders: the bank does not look at names that begin with a dot.
_PART, _GONE = ".part", ".gone"
FILES = (
    manifest.MANIFEST,
    f"{manifest.ADAPTER}/{manifest.CONFIG_FILE}",
    f"{manifest.ADAPTER}/{manifest.WEIGHTS_FILE}",
)


@contextmanager
def held(site: Site) -> Iterator[None]:
    """One promotion, rollback or removal at a time. Raises LedgerError when another takes long."""
    with locked(aliases.file_of(site.data_dir).with_suffix(".lock")):
        yield


def move(site: Site, domain: str, expected: Alias | None, alias: Alias | None) -> None:
    """Replace a domain's alias by another, if it is still the expected one. Raises PromotionError."""
    found = aliases.read(site.data_dir)
    if found.of(site.base, domain) != expected:
        raise PromotionError(
            f"the champion of {one_line(domain)} changed meanwhile",
            expected="the one that was looked at",
            mend="judge the candidate again",
        )
    write(site, found.replaced(site.base, domain, alias))


def write(site: Site, found: aliases.Aliases) -> None:
    """Write all aliases, flushed. Raises StorageError."""
    durable.write(aliases.file_of(site.data_dir), found.encoded())


def folder_of(site: Site, id: str) -> Path:
    """Where the version of that id lies, or would."""
    domain, _, run = id.partition("/")
    return site.registry / domain / run


def install(site: Site, candidate: BankEntry, on_step: OnStep) -> None:
    """Copy a candidate to its place among the versions, where it is never changed again.

    What is already there is left when it is the same. Raises ExpertError for a copy that is not what was
    judged, PromotionError when another version has its id.
    """
    final = folder_of(site, candidate.id)
    if final.exists():
        _same(final, candidate)
        return
    part = final.with_name(f".{final.name}.{secrets.token_hex(4)}{_PART}")
    with durable.told(part):
        _copy(candidate.folder, part)
        on_step("copied")
        _check(part, candidate)
        part.replace(final)
        atomic.sync_folder(final.parent)
    on_step("named")


def _copy(source: Path, part: Path) -> None:
    (part / manifest.ADAPTER).mkdir(parents=True)
    for name in FILES:
        durable.copy(source / name, part / name)
    for folder in (part / manifest.ADAPTER, part, part.parent, part.parent.parent):
        atomic.sync_folder(folder)


def _check(part: Path, candidate: BankEntry) -> None:
    """The copy must be the candidate that was read. Raises ExpertError."""
    copied, judged = card.read(part), bank.usable(candidate)
    problem = bank.verify(BankEntry(part, copied))
    if not problem and (copied.id, copied.digest) != (judged.id, judged.digest):
        problem = "its manifest is another than it was"
    if problem:
        shutil.rmtree(part, ignore_errors=True)
        raise ExpertError(f"the copy of {candidate.id} is refused", found=problem, mend="try again")


def _same(final: Path, candidate: BankEntry) -> None:
    found, judged = card.read(final), bank.usable(candidate)
    problem = bank.verify(BankEntry(final, found))
    if problem or (found.id, found.digest, found.content_hash) != (
        judged.id,
        judged.digest,
        judged.content_hash,
    ):
        raise PromotionError(
            f"there is another version {candidate.id} in the registry",
            found=problem or "another content",
            expected="versions that never change",
            mend=f"vortex-tui experts remove {candidate.id}",
        )


def withdraw(site: Site, version: Version) -> None:
    """Take back a version that a promotion put there and did not finish; its candidate is in quarantine."""
    final = folder_of(site, version.id)
    origin = site.quarantine / version.id
    if final.is_dir() and _hash(origin) == version.content_hash and not _named(site, version.id):
        discard(final)


def _hash(folder: Path) -> str:
    try:
        return card.read(folder).content_hash
    except ExpertError:
        return ""


def _named(site: Site, id: str) -> bool:
    """Whether any alias names it, as champion or as a former one."""
    return any(
        champion is not None and champion.id == id
        for domains in aliases.read(site.data_dir).bases.values()
        for alias in domains.values()
        for champion in (alias.champion, *alias.history)
    )


def discard(folder: Path) -> None:
    """Make a version disappear at once, then remove its files. Raises StorageError."""
    gone = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{_GONE}")
    with durable.told(folder):
        folder.replace(gone)
        atomic.sync_folder(folder.parent)
        shutil.rmtree(gone)


def sweep(site: Site) -> None:
    """Remove what killed promotions and removals left half-way. Only while the registry is held."""
    for left in (*site.registry.glob(f"*/.*{_PART}"), *site.registry.glob(f"*/.*{_GONE}")):
        shutil.rmtree(left, ignore_errors=True)
