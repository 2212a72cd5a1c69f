"""What a killed promotion or rollback left: finished when its alias had moved, undone when it had not."""

from __future__ import annotations

from collections.abc import Sequence

from vortex_tui.experts import aliases
from vortex_tui.promotion import history, registry
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import Entry, Event, Line
from vortex_tui.promotion.site import Site, version


def recover(site: Site, ledger: Ledger) -> tuple[Line, ...]:
    """Bring ledger and aliases to agree; returns the whole ledger. Only while the registry is held.

    Raises LedgerError for a ledger that is broken, or aliases that nothing in it explains.
    """
    _, chain = ledger.settle()
    lines = chain.lines
    if (intent := history.open_intent(lines)) is not None:
        own = Site(site.data_dir, intent.base, site.with_nano)
        lines = (*lines, ledger.append(_ended(own, intent, lines)))
    registry.sweep(site)
    history.check(lines, aliases.read(site.data_dir))
    return lines


def _ended(site: Site, intent: Line, lines: Sequence[Line]) -> Entry:
    alias = aliases.read(site.data_dir).of(site.base, intent.domain)
    if alias is not None and version(alias.champion) == intent.candidate:
        done: Event = "promoted" if intent.event == "promoting" else "rolled_back"
        return end(intent, done, f"{intent.reason}; finished after an interruption".lstrip("; "))
    if intent.event == "promoting" and intent.candidate is not None:
        unpin(site, intent.domain, lines)
        registry.withdraw(site, intent.candidate)
    return end(intent, "abandoned", "it was interrupted before the champion changed; nothing was moved")


def unpin(site: Site, domain: str, lines: Sequence[Line]) -> None:
    """Take away an alias that was written for a promotion and never moved: the ledger does not know it."""
    alias = aliases.read(site.data_dir).of(site.base, domain)
    if alias is not None and history.told(lines).of(site.base, domain) is None:
        registry.move(site, domain, alias, None)


def end(intent: Line, event: Event, reason: str) -> Entry:
    """The entry that ends a begun promotion or rollback."""
    said = intent.model_dump(include={"domain", "base", "candidate", "champion", "report", "policy"})
    return Entry.model_validate({**said, "event": event, "reason": reason, "of": intent.seq})
