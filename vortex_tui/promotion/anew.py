"""The ways out that a person may choose: aliases put back as the ledger has them, or another ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from vortex_tui import atomic
from vortex_tui.errors import StorageError
from vortex_tui.experts import aliases
from vortex_tui.experts.aliases import Alias, Aliases
from vortex_tui.promotion import belonging, durable, history, ledger, registry
from vortex_tui.promotion.anchor import LedgerError
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import Entry, Line
from vortex_tui.promotion.site import Site, version


def mend(site: Site) -> bool:
    """Write the aliases as the ledger has them; False when they were so. Raises LedgerError."""
    with registry.held(site):
        _, chain = Ledger(site.data_dir).settle()
        wanted = history.told(chain.lines)
        if _readable(site) == wanted:
            return False
        registry.write(site, wanted)
        return True


def begin(site: Site, reason: str) -> Line:
    """Keep what is left of the ledger aside and begin another, which adopts the champions as they stand.

    What was approved before approves nothing any more. Raises StorageError.
    """
    with registry.held(site), ledger.locked(ledger.file_of(site.data_dir).with_suffix(".lock")):
        aside = _set_aside(site)
        _retire(site)
        belonging.make(site.data_dir)
    fresh = Ledger(site.data_dir)
    with registry.held(site):
        said = f"{reason}; {aside}" if aside else reason
        line = fresh.append(Entry(event="restarted", reason=said))
        for entry in _adopted(_readable(site) or Aliases()):
            fresh.append(entry)
        registry.write(site, history.told(fresh.settle()[1].lines))
    return line


def _readable(site: Site) -> Aliases | None:
    try:
        return aliases.read(site.data_dir)
    except StorageError:
        return None


def _set_aside(site: Site) -> str:
    """Give the old ledger another name; what it was, in words."""
    file = ledger.file_of(site.data_dir)
    if not file.exists():
        return ""
    with durable.told(file):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        kept = file.with_name(f"promotions.aside-{digest[:12]}.jsonl")
        file.replace(kept)
        atomic.sync_folder(file.parent)
    return f"the ledger before this one is kept in {kept.name}; SHA-256 {digest}"


def _retire(site: Site) -> None:
    """Let go of the old anchor, except where it belongs to the folder that this one is a copy of."""
    try:
        for old in list(belonging.of_path(site.data_dir)):
            old.placed("")
    except LedgerError:
        pass  # damaged: it belongs to no folder any more, and the new one is found by its name
    durable.remove(site.data_dir / belonging.ID_FILE)


def _adopted(found: Aliases) -> Iterator[Entry]:
    for base, domains in found.bases.items():
        for domain, alias in domains.items():
            yield _entry(base, domain, alias)


def _entry(base: str, domain: str, alias: Alias) -> Entry:
    return Entry(event="adopted", domain=domain, base=base, candidate=version(alias.champion))
