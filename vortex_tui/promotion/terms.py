"""What a promotion must agree with at the moment it is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from vortex_tui.escape import one_line
from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.promotion.report import GateReport, PromotionError, Version
from vortex_tui.promotion.site import Site, version_of


class Judge(Protocol):
    """Who judges candidates: the gates, under one policy."""

    @property
    def policy_hash(self) -> str:
        """The policy as it is now."""
        ...

    def judge(self, candidate: BankEntry) -> GateReport:
        """Judge a whole candidate; the report is written and in the ledger. Raises VortexError."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy in force, this machine's fingerprint, and whether nano stands in for the profile's base."""

    policy_hash: str
    host: str
    mock: bool


def check(report: GateReport, entry: BankEntry, site: Site, terms: Terms) -> None:
    """Hold a report against what is so now. Raises PromotionError for the first thing that differs."""
    candidate = version_of(entry)
    if report.verdict != "PROMOTE":
        raise _refused(candidate, Difference("was not passed", report.verdict, "PROMOTE"))
    champion = site.champion(candidate.domain)
    for each in differences(report, entry, champion, site.base, terms):
        raise _refused(candidate, each)
    _check_gates(report)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was when a candidate was judged: ``what`` in words, of its report."""

    what: str
    found: str
    expected: str


def differences(
    report: GateReport, entry: BankEntry, champion: Version | None, base: str, terms: Terms
) -> list[Difference]:
    """What a report is of that is not so now; nothing where it is fresh, whatever its verdict."""
    candidate, digest = version_of(entry), bank.usable(entry).digest
    every = (
        ("is of another candidate", _told(report.candidate), _told(candidate)),
        ("is of another manifest than it has now", report.candidate_manifest, digest),
        ("is of another champion than there is now", _told(report.champion), _told(champion)),
        ("was made under another policy", report.policy_hash, terms.policy_hash),
        ("is of another base", report.base_fingerprint, base),
        ("was made on another machine", report.host, terms.host),
        ("was made with nano in the base's place", _mock(report.mock), _mock(terms.mock)),
    )
    return [Difference(*each) for each in every if each[1] != each[2]]


def estranged(report: GateReport, serving: Iterable[Version], judged: Iterable[str]) -> list[Difference]:
    """What a report does not belong to: the judgements of the ledger, by hash, and the champions of now."""
    found = []
    # A file can be written by anybody; the ledger's line is sealed with a key outside the data folder.
    if report.hash not in set(judged):
        told = f"no judgement with the report {report.hash[:16]}…"
        found.append(Difference("is not in the ledger", told, "one by the gates"))
    if different := set(report.bank) ^ set(serving):
        names = ", ".join(sorted({one_line(version.id) for version in different}))[:500]
        found.append(
            Difference("was made among other champions than there are now", names, "none that differ")
        )
    return found


def _refused(candidate: Version, each: Difference) -> PromotionError:
    return PromotionError(
        f"the gate report of {one_line(candidate.id)} {each.what}",
        found=one_line(each.found),
        expected=each.expected,
        mend=f"vortex-tui promote {candidate.id} judges it again",
    )


def _check_gates(report: GateReport) -> None:
    """A verdict that its own gates do not bear out is none."""
    if report.failed or not report.gates:
        told = ", ".join(f"{gate.id} {gate.verdict}" for gate in report.failed) or "no gates"
        raise PromotionError(
            f"the gate report of {one_line(report.candidate.id)} contradicts itself",
            found=one_line(told),
            expected="gates that all passed",
        )


def _mock(mock: bool) -> str:
    return "--mock" if mock else "the profile's own base"


def _told(version: Version | None) -> str:
    return f"{version.id} {version.content_hash}" if version else "none"
