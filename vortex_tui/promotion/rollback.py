"""Back to the champion before: one move of an alias, whatever became of the new version's files."""

from __future__ import annotations

from vortex_tui.escape import one_line
from vortex_tui.experts import aliases
from vortex_tui.experts.aliases import Alias, Champion
from vortex_tui.promotion import recovery, registry
from vortex_tui.promotion.ledger import Ledger, OnStep, nothing
from vortex_tui.promotion.line import Entry, Line
from vortex_tui.promotion.report import PromotionError
from vortex_tui.promotion.site import Site, version


def rollback(site: Site, domain: str | None = None, on_step: OnStep = nothing) -> Line:
    """Give a domain the champion it had before; without one, the domain that was promoted last.

    A former champion whose files are not whole is passed over. Raises PromotionError when there is none.
    """
    ledger = Ledger(site.data_dir, on_step)
    with registry.held(site):
        recovery.recover(site, ledger)
        domain = domain or _latest(site)
        alias = aliases.read(site.data_dir).of(site.base, domain)
        places, passed = _places(site, domain, alias)
        assert alias is not None  # _places found something in it
        back = alias.rolled_back(places)
        intent = ledger.append(_begun(site, domain, alias, back, passed))
        registry.move(site, domain, alias, back)
        on_step("moved")
        return ledger.append(recovery.end(intent, "rolled_back", intent.reason))


def _latest(site: Site) -> str:
    """The domain whose champion was promoted last, of those that had another before."""
    known = aliases.read(site.data_dir).bases.get(site.base, {})
    moved = {name: alias for name, alias in known.items() if alias.history}
    if not moved:
        raise _nowhere("any domain", "no promotion that could be undone")
    return max(moved, key=lambda name: _since(moved[name]))


def _since(alias: Alias) -> str:
    return alias.champion.since if alias.champion else ""


def _places(site: Site, domain: str, alias: Alias | None) -> tuple[int, str]:
    """How far back the nearest former champion is that can serve, and which ones were passed over."""
    if alias is None or not alias.history:
        raise _nowhere(domain, "no champion before this one")
    passed: list[str] = []
    for places, former in enumerate(reversed(alias.history), 1):
        if former is None or site.whole(former):
            return places, ", ".join(passed)
        passed.append(former.id)
    raise _nowhere(domain, f"{', '.join(passed)}: not whole any more")


def _begun(site: Site, domain: str, alias: Alias, back: Alias, passed: str) -> Entry:
    return Entry(
        event="rolling_back",
        domain=domain,
        base=site.base,
        candidate=version(back.champion),
        champion=version(alias.champion),
        reason=f"passed over, because not whole: {passed}" if passed else "",
    )


def _nowhere(domain: str, found: str) -> PromotionError:
    return PromotionError(
        f"there is nothing to roll back to in {one_line(domain)}",
        found=one_line(found),
        expected="a champion before the present one",
        mend="vortex-tui ledger shows what was promoted",
    )


def protected(known: aliases.Aliases, keep: int) -> dict[str, str]:
    """Ids of versions that must stay, and why: champions, and the ``keep`` before each, of every base."""
    found: dict[str, str] = {}
    for domains in known.bases.values():
        for alias in domains.values():
            for former in _named(alias, keep):
                found[former.id] = "one of the last champions, kept for rollback"
    for domains in known.bases.values():
        found |= {a.champion.id: "the champion of its domain" for a in domains.values() if a.champion}
    return found


def _named(alias: Alias, keep: int) -> list[Champion]:
    return [former for former in alias.history[-keep:] if former is not None]
