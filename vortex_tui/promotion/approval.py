"""``APPROVE_PROMOTION``: a person's word for one promotion; sealed, short-lived, used once."""

from __future__ import annotations

import datetime
import json
import secrets
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, ValidationError

from vortex_tui.escape import one_line
from vortex_tui.promotion import durable
from vortex_tui.promotion.anchor import Anchor
from vortex_tui.promotion.ledger import Ledger, now
from vortex_tui.promotion.line import Line, about
from vortex_tui.promotion.report import GateReport, PromotionError, Version
from vortex_tui.promotion.seal import Sealed

LIFETIME = datetime.timedelta(hours=1)
_KIND = "approval"
_MAX_BYTES = 64 * 1024


class ApprovalError(PromotionError):
    """An approval that approves nothing; ``found`` says which of the reasons it is."""

    code: ClassVar[str] = "approval"


class Approval(Sealed):
    """What was approved: this candidate in place of this champion, after this report under this policy.

    ``ledger`` is the data folder's name; times are ISO 8601.
    """

    schema_version: Literal[1] = Field(1, alias="schema")
    ledger: str
    candidate: Version
    champion: Version | None
    report: str
    policy: str
    base: str
    created: datetime.datetime
    expires: datetime.datetime
    nonce: str

    def encoded(self) -> bytes:
        """The only form in which it is accepted."""
        return (json.dumps(self.plain(), indent=1, sort_keys=True) + "\n").encode("ascii")


def file_of(data_dir: Path) -> Path:
    """Where an approval is left."""
    return data_dir / "APPROVE_PROMOTION"


def approve(report: GateReport, data_dir: Path, ledger: Ledger) -> Approval:
    """Approve a promotion in a person's name: a line in the ledger, then the file.

    The caller has asked the person. Raises PromotionError for a report that is not PROMOTE.
    """
    if report.verdict != "PROMOTE":
        raise ApprovalError(
            f"{one_line(report.candidate.id)} cannot be approved",
            found=f"its gates say {report.verdict}",
            expected="PROMOTE",
        )
    nonce, at = secrets.token_hex(16), now()
    said = about(report, "approved", f"until {(at + LIFETIME).isoformat()}")
    ledger.append(said.model_copy(update={"nonce": nonce}))
    known, _ = ledger.settle()
    assert known is not None  # something was just written
    made = Approval(
        ledger=known.id,
        candidate=report.candidate,
        champion=report.champion,
        report=report.hash,
        policy=report.policy_hash,
        base=report.base_fingerprint,
        created=at,
        expires=at + LIFETIME,
        nonce=nonce,
    ).sealed(_KIND, known.key)
    durable.write(file_of(data_dir), made.encoded())
    return made


def read(data_dir: Path) -> tuple[Approval, bytes]:
    """The approval that lies there, and its bytes. Raises ApprovalError for none and for an empty one."""
    file = file_of(data_dir)
    if not file.exists():
        raise _refused("there is no approval", f"no {one_line(str(file))}")
    with durable.told(file):
        raw = file.read_bytes() if file.is_file() and file.stat().st_size <= _MAX_BYTES else b"too long"
    if not raw.strip():
        raise _refused("the approval is empty", "a file with nothing in it")
    try:
        return Approval.model_validate_json(raw), raw
    except ValidationError as error:
        told = error.errors(include_url=False)[0]["msg"]
        raise _refused("what lies there is no approval", one_line(told)[:200]) from error


def genuine(data_dir: Path, anchor: Anchor | None, lines: tuple[Line, ...]) -> Approval:
    """The approval that lies there, if it was given here, as it is, not long ago, and was not used.

    Raises ApprovalError; each reason has its own words.
    """
    found, raw = read(data_dir)
    if anchor is None or found.ledger != anchor.id:
        raise _refused("the approval is of another data folder", f"ledger {one_line(found.ledger)[:40]}")
    if found.encoded() != raw or not found.genuine(_KIND, anchor.key):
        raise _refused("the approval was altered", "another content than was sealed")
    if found.nonce in anchor.known.used:
        raise _refused("the approval was used before", f"nonce {found.nonce[:8]}…")
    given = next((line for line in lines if line.event == "approved" and line.nonce == found.nonce), None)
    if given is None:
        raise _refused("the approval is not in the ledger", f"nonce {found.nonce[:8]}…")
    if (later := next((line for line in lines[given.seq :] if _revokes(line, found)), None)) is not None:
        raise _refused(
            f"the candidate was {later.event} after the approval", f"line {later.seq} of the ledger"
        )
    if found.expires <= now():
        raise _refused("the approval is too old", f"it ended {found.expires.isoformat()}")
    return found


def _revokes(line: Line, given: Approval) -> bool:
    """Whether what was decided later takes an approval back: a rejection, or another judgement."""
    if line.candidate != given.candidate:
        return False
    return line.event == "rejected" or (line.event == "judged" and line.report != given.report)


def bound(found: Approval, candidate: Version, champion: Version | None, policy: str, base: str) -> None:
    """Hold an approval against what is to be done now. Raises ApprovalError for the first that differs."""
    for what, said, wanted in (
        ("candidate", _told(found.candidate), _told(candidate)),
        ("champion", _told(found.champion), _told(champion)),
        ("policy", found.policy, policy),
        ("base", found.base, base),
    ):
        if said != wanted:
            raise _refused(f"the approval is for another {what}", said, wanted)


def _told(version: Version | None) -> str:
    return f"{one_line(version.id)} {version.content_hash}" if version else "none"


def _refused(what: str, found: str, expected: str = "") -> ApprovalError:
    return ApprovalError(
        what,
        found=found,
        expected=expected or "what vortex-tui promote ID --approve writes",
        mend="vortex-tui promote ID --approve, at a terminal",
    )
