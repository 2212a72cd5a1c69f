"""The bank as the aliases see it: who is champion, who is not, and who should be and is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from vortex_tui.escape import one_line
from vortex_tui.experts import aliases, bank
from vortex_tui.experts.aliases import Alias, Aliases, Champion
from vortex_tui.experts.bank import BankEntry


def entries(
    fingerprint: str | None,
    data_dir: Path,
    *,
    with_nano: bool,
    cache: Path | None = None,
    believed: bool = True,
    create: bool = True,
) -> list[BankEntry]:
    """Every expert of a data folder's bank, marked by its aliases; the rest as in ``bank.scan``.

    Raises StorageError when the aliases are damaged: who is champion is then unknown, and nobody is.
    """
    known = aliases.read(data_dir)
    roots = bank.roots(data_dir, with_nano=with_nano)
    found = bank.scan(fingerprint, roots, cache, believed=believed, create=create)
    return marked(found, known, fingerprint, roots[-1])


def marked(
    found: Iterable[BankEntry], known: Aliases, fingerprint: str | None, registry: Path
) -> list[BankEntry]:
    """The entries with what the aliases say of each, and an entry for each champion that is gone.

    Without a ``fingerprint`` the aliases of every base count.
    """
    bases = list(known.bases) if fingerprint is None else [fingerprint]
    entries = [_mark(entry, _alias(entry, known, bases)) for entry in found]
    present = {entry.id for entry in entries if entry.alias}
    return [*entries, *_gone(known, bases, present, registry)]


def _alias(entry: BankEntry, known: Aliases, bases: Sequence[str]) -> Alias | None:
    """The alias of an entry's domain under its own base; under any where it does not say its base."""
    own = entry.manifest.base_fingerprint if entry.manifest else None
    found = (known.of(base, entry.folder.parent.name) for base in bases if own in (None, base))
    return next((alias for alias in found if alias is not None), None)


def _mark(entry: BankEntry, alias: Alias | None) -> BankEntry:
    if alias is None:
        return entry
    champion = alias.champion
    if champion is None or champion.id != entry.id:
        return replace(entry, alias=False)
    if entry.manifest is None or entry.manifest.content_hash == champion.content_hash:
        return replace(entry, alias=True)
    told = f"it is not what was promoted: adapter {entry.manifest.content_hash[:12]}…, promoted "
    return replace(entry, alias=True, problem=f"{told}{champion.content_hash[:12]}…; {_mend(entry.id)}")


def _gone(known: Aliases, bases: Sequence[str], present: set[str], registry: Path) -> Iterator[BankEntry]:
    """An entry without files for each champion that has none: its domain has no expert, and says so."""
    for base in bases:
        for domain, alias in known.bases.get(base, {}).items():
            champion = alias.champion
            if champion is not None and champion.id not in present:
                problem = f"it is the champion, and its files are gone; {_mend(champion.id)}"
                yield BankEntry(_folder(champion, domain, registry), None, problem, alias=True)


def _folder(champion: Champion, domain: str, registry: Path) -> Path:
    return registry / domain / champion.id.partition("/")[2]


def _mend(id: str) -> str:
    return f"vortex-tui rollback {one_line(id.partition('/')[0])}"
