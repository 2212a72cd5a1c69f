"""One line of the ledger: a decision, what it was about, and its place in the chain."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import Field

from vortex_tui.escape import one_line
from vortex_tui.promotion.report import GateReport, Record, Version
from vortex_tui.promotion.seal import Sealed

Event = Literal[
    "judged",
    "approved",
    "refused",
    "rejected",
    "promoting",
    "promoted",
    "rolling_back",
    "rolled_back",
    "abandoned",
    "removed",
    "torn_line",
    "restarted",
    "adopted",
]
# What is announced before it is done; the line that ends it names it in ``of``.
INTENTS: tuple[Event, ...] = ("promoting", "rolling_back")
ENDS: tuple[Event, ...] = ("promoted", "rolled_back", "abandoned")
GENESIS = "0" * 64
KIND = "ledger line"
_LONGEST_REASON = 1000


class Entry(Record):
    """A decision before it has its place. ``candidate`` is who serves after it, ``champion`` who did before.

    ``base`` is the base's fingerprint, ``report`` and ``policy`` are hashes, ``of`` is the number of the line
    that this one ends.
    """

    event: Event
    domain: str = ""
    base: str = ""
    candidate: Version | None = None
    champion: Version | None = None
    report: str | None = None
    policy: str | None = None
    reason: str = ""
    nonce: str | None = None
    of: int | None = None


class Line(Entry, Sealed):
    """An entry with its number, its time, the hash of the line before it and its MAC."""

    schema_version: Literal[1] = Field(1, alias="schema")
    seq: int = Field(ge=1)
    time: str
    previous: str

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the line's bytes without its end."""
        return hashlib.sha256(self.compact()).hexdigest()


def line(entry: Entry, seq: int, time: str, previous: str, key: bytes) -> Line:
    """The entry as the line of that place."""
    said = entry.model_dump() | {"reason": one_line(entry.reason)[:_LONGEST_REASON]}
    return Line(**said, seq=seq, time=time, previous=previous).sealed(KIND, key)


def about(report: GateReport, event: Event, reason: str = "") -> Entry:
    """An entry about a judged candidate; ``judged`` says its verdict and the gates that did not pass."""
    failed = ", ".join(gate.id for gate in report.failed)
    return Entry(
        event=event,
        domain=report.candidate.domain,
        base=report.base_fingerprint,
        candidate=report.candidate,
        champion=report.champion,
        report=report.hash,
        policy=report.policy_hash,
        reason=reason or f"{report.verdict}{': ' if failed else ''}{failed}",
    )
