"""Was the router fitted on the experts that are here?"""

from __future__ import annotations

from vortex_tui.doctor.bank import entries
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.errors import StorageError
from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.routing import fitted, store
from vortex_tui.routing.source import Source

_MEND = "vortex-tui router fit"


def router_fit(context: Context) -> Finding:
    """The fit in the data folder, or the one in the box, held against the bank."""
    experts = context.profile.experts
    if not experts.enabled or experts.router.mode in ("off", "manual"):
        return Finding("skip", "routing is switched off by the profile")
    try:
        serving = bank.champions(entries(context.profile, context.data_dir)).values()
    except StorageError as error:
        return Finding("fail", f"{error.message}: {error.found}", error.expected, error.mend)
    sources = [_source(entry) for entry in serving if entry.manifest and entry.manifest.exemplar_count]
    if not sources:
        return Finding("skip", "no expert that could be routed to")
    files = sorted((context.data_dir / "router").glob("*.json"))
    fits = [fit for file in files if (fit := fitted.read(file))]
    wanted = store.digest_of(sources)
    if any(fit.bank == wanted for fit in fits):
        return Finding("pass", f"fitted on these {len(sources)} experts")
    if fits:
        told = f"fitted on other experts than these {len(sources)}"
        return Finding("warn", told, "a fit of the bank as it is", _MEND)
    if files:
        return Finding("warn", f"{files[0].name} cannot be read", "a fit of this version", _MEND)
    if fitted.shipped().bank == wanted:
        return Finding("pass", f"the fit in the box, made on these {len(sources)} experts")
    return Finding("warn", "no fit of these experts: it asks for more certainty", "a fit of the bank", _MEND)


def _source(entry: BankEntry) -> Source:
    card = bank.usable(entry)
    return Source(entry.id, card.digest, card.exemplar_count, card.read_exemplars)
