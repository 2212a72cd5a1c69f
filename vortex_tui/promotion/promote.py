"""A candidate becomes champion: checked, announced, copied, named, moved, written; and what refuses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line
from vortex_tui.experts import aliases
from vortex_tui.experts.aliases import Alias
from vortex_tui.experts.bank import BankEntry
from vortex_tui.promotion import approval, durable, recovery, registry, report, terms
from vortex_tui.promotion.anchor import LedgerError
from vortex_tui.promotion.approval import Approval
from vortex_tui.promotion.ledger import Ledger, OnStep, nothing
from vortex_tui.promotion.line import Entry, Line, about
from vortex_tui.promotion.report import GateReport, PromotionError, Version
from vortex_tui.promotion.site import Site, champion, version_of
from vortex_tui.promotion.terms import Terms


def ready(site: Site, id: str, asked: Terms, on_step: OnStep = nothing) -> GateReport:
    """The newest report of a candidate, if it could be promoted by it now. A refusal is in the ledger.

    This is what a person is shown before they approve. Raises VortexError.
    """
    ledger = Ledger(site.data_dir, on_step)
    with registry.held(site), _telling(ledger, site, id):
        lines = recovery.recover(site, ledger)
        entry = site.candidate(id)
        found = report.newest(version_of(entry), site.data_dir)
        if found is None:
            raise PromotionError(
                f"{entry.id} was not judged as it is now",
                found="no gate report of its adapter",
                mend=f"vortex-tui promote {entry.id}",
            )
        _check(found, entry, site, asked, lines)
        return found


def approve(site: Site, found: GateReport, on_step: OnStep = nothing) -> Approval:
    """Write the approval of a report that is ``ready``, in the name of the person who was asked."""
    with registry.held(site):
        return approval.approve(found, site.data_dir, Ledger(site.data_dir, on_step))


def promote(site: Site, id: str, asked: Terms, on_step: OnStep = nothing) -> Line:
    """Carry out the approval that lies in the data folder; returns the ledger's line of it.

    Killed at any step, the old champion or the new one serves, and the next promotion, rollback or removal
    brings the rest to agree. Refusals are in the ledger. Raises VortexError.
    """
    ledger = Ledger(site.data_dir, on_step)
    with registry.held(site):
        with _telling(ledger, site, id):
            lines = recovery.recover(site, ledger)
            entry, found, nonce = _agreed(site, id, asked, ledger, lines)
        intent = ledger.append(about(found, "promoting").model_copy(update={"nonce": nonce}))
        durable.remove(approval.file_of(site.data_dir))
        on_step("approval removed")
        return _carried_out(site, ledger, entry, intent, on_step)


def _agreed(
    site: Site, id: str, asked: Terms, ledger: Ledger, lines: Sequence[Line]
) -> tuple[BankEntry, GateReport, str]:
    """The candidate, its report and the approval's nonce, when all of them agree. Raises VortexError."""
    known, _ = ledger.settle()
    given = approval.genuine(site.data_dir, known, tuple(lines))
    entry = site.candidate(id)
    candidate = version_of(entry)
    approval.bound(given, candidate, site.champion(candidate.domain), asked.policy_hash, site.base)
    found = report.read(given.report, site.data_dir)
    _check(found, entry, site, asked, lines)
    return entry, found, given.nonce


def _check(found: GateReport, entry: BankEntry, site: Site, asked: Terms, lines: Sequence[Line]) -> None:
    candidate = version_of(entry)
    if site.champion(candidate.domain) == candidate:
        raise PromotionError(f"{candidate.id} is the champion already")
    terms.check(found, entry, site, asked)
    for each in terms.estranged(found, site.serving(), judgements(lines)):
        raise _not_of_these(candidate, each.what, each.found)


def judgements(lines: Sequence[Line]) -> set[str]:
    """The hashes of the reports that the ledger knows."""
    return {line.report for line in lines if line.event == "judged" and line.report is not None}


def _not_of_these(candidate: Version, what: str, found: str) -> PromotionError:
    return PromotionError(
        f"the gate report of {one_line(candidate.id)} {what}",
        found=found,
        expected="a judgement by the gates, in the bank as it is",
        mend=f"vortex-tui judge {candidate.id}",
    )


def _carried_out(site: Site, ledger: Ledger, entry: BankEntry, intent: Line, on_step: OnStep) -> Line:
    try:
        alias = _pinned(site, intent)
        on_step("pinned")
        registry.install(site, entry, on_step)
        new = champion(intent.candidate, intent.time)
        assert new is not None  # a promotion has a candidate
        registry.move(site, intent.domain, alias, alias.promoted(new))
        on_step("moved")
    except VortexError:
        recovery.recover(site, ledger)  # nothing was moved, and the ledger says so
        raise
    done = ledger.append(recovery.end(intent, "promoted", ""))
    on_step("promoted")
    return done


def _pinned(site: Site, intent: Line) -> Alias:
    """The domain's alias; one is written for it now, so that the new version is not served too early."""
    alias = aliases.read(site.data_dir).of(site.base, intent.domain)
    if alias is None:
        alias = Alias(champion=champion(intent.champion))
        registry.move(site, intent.domain, None, alias)
    return alias


def reject(site: Site, id: str, reason: str) -> Line:
    """Say no to a candidate; it stays in quarantine. Raises PromotionError for one that is not there."""
    entry = next((entry for entry in site.candidates() if entry.id == id), None)
    if entry is None:
        raise PromotionError(f"there is no candidate {one_line(id)!r}", mend="vortex-tui candidates")
    known = version_of(entry) if entry.manifest and not entry.problem else None
    said = Entry(
        event="rejected", domain=id.partition("/")[0], base=site.base, candidate=known, reason=reason
    )
    return Ledger(site.data_dir).append(said)


@contextmanager
def _telling(ledger: Ledger, site: Site, id: str) -> Iterator[None]:
    """A refusal goes into the ledger, unless it is the ledger that refuses."""
    try:
        yield
    except LedgerError:
        raise
    except VortexError as error:
        ledger.append(refusal(site, id, error))
        raise


def refusal(site: Site, id: str, error: VortexError) -> Entry:
    """What the ledger keeps of a refusal."""
    entry = next((entry for entry in site.candidates() if entry.id == id), None)
    known = version_of(entry) if entry and entry.manifest and not entry.problem else None
    told = f"{error.message}; found {error.found}" if error.found else error.message
    name = one_line(id)[:200]
    reason = told if known else f"{name}: {told}"
    return Entry(
        event="refused", domain=name.partition("/")[0], base=site.base, candidate=known, reason=reason
    )
