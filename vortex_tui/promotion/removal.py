"""An expert's files are removed: never those of a champion, nor of the last ones before it."""

from __future__ import annotations

from vortex_tui.errors import ExpertError
from vortex_tui.escape import one_line
from vortex_tui.experts import aliases, bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.promotion import recovery, registry, rollback
from vortex_tui.promotion.ledger import Ledger, OnStep, nothing
from vortex_tui.promotion.line import Entry, Line
from vortex_tui.promotion.report import PromotionError, Version
from vortex_tui.promotion.site import Site

# Former champions of each domain that stay.
KEPT = 3


def remove(site: Site, id: str, on_step: OnStep = nothing, *, candidate: bool = False) -> Line:
    """Remove an expert of the registry, or with ``candidate`` a run in quarantine, and write the ledger.

    Raises PromotionError for one that is kept, ExpertError for one that is not there or is shipped.
    """
    ledger = Ledger(site.data_dir, on_step)
    with registry.held(site):
        recovery.recover(site, ledger)
        entry = _find(site.candidates() if candidate else site.entries(), id)
        if not candidate:
            _check(site, entry)
        line = ledger.append(_entry(site, entry, "a run in quarantine" if candidate else "a version"))
        registry.discard(entry.folder)
        on_step("discarded")
        # Written as it is: a running engine looks at its times, and reads the bank again.
        registry.write(site, aliases.read(site.data_dir))
        return line


def _find(entries: list[BankEntry], id: str) -> BankEntry:
    """By its whole id: what is removed is never guessed from a domain."""
    found = [entry for entry in entries if entry.id == id]
    if not found:
        raise ExpertError(
            f"there is no expert {one_line(id)!r} to remove",
            expected="domain/run_id of an expert in this data folder",
            mend="vortex-tui experts list, or vortex-tui candidates",
        )
    return found[-1]


def _check(site: Site, entry: BankEntry) -> None:
    why = rollback.protected(aliases.read(site.data_dir), KEPT).get(entry.id, "")
    if any(serving.folder == entry.folder for serving in bank.champions(site.entries()).values()):
        why = "the champion of its domain"
    if why:
        raise PromotionError(
            f"{entry.id} is not removed",
            found=f"it is {why}",
            expected=f"neither a champion nor one of the {KEPT} before it",
            mend=f"vortex-tui rollback {entry.folder.parent.name}",
        )
    if not entry.folder.is_relative_to(site.registry):
        raise ExpertError(f"{entry.id} is not removed", found="it is shipped with the program")


def _entry(site: Site, entry: BankEntry, what: str) -> Entry:
    card = entry.manifest
    known = Version(id=card.id, content_hash=card.content_hash) if card else None
    name = "" if known else f" {entry.id}"
    return Entry(
        event="removed",
        domain=entry.folder.parent.name,
        base=card.base_fingerprint if card else site.base,
        candidate=known,
        reason=f"{what}{name}",
    )
