"""An approval approves one promotion, once, here, soon; whatever else lies there approves nothing."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import judged
from tests.support.judged import TERMS
from vortex_tui.experts import aliases
from vortex_tui.promotion import approval, promote
from vortex_tui.promotion.approval import ApprovalError
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import Entry
from vortex_tui.promotion.report import PromotionError
from vortex_tui.promotion.rollback import rollback
from vortex_tui.promotion.seal import compact
from vortex_tui.promotion.site import Site


def refused(site: Site, why: str, id: str = "sums/one") -> None:
    """The approval that lies there is refused for that reason, which the ledger keeps."""
    before = aliases.stamp(site.data_dir)
    with pytest.raises(ApprovalError, match=why):
        promote.promote(site, id, TERMS)
    assert aliases.stamp(site.data_dir) == before
    last = Ledger(site.data_dir).examine()[1].lines[-1]
    assert last.event == "refused"
    assert why in last.reason


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"yes", "is no approval"),
        (b"{}", "is no approval"),
        (b"null", "is no approval"),
        (b"\xff\x00", "is no approval"),
        (b"[" * 100_000, "is no approval"),
    ],
)
def test_what_is_no_approval_approves_nothing(site: Site, content: bytes, why: str) -> None:
    judged.judged(site, judged.candidate(site, "sums/one"))
    site.data_dir.mkdir(exist_ok=True)
    approval.file_of(site.data_dir).write_bytes(content)
    refused(site, why)


def test_a_folder_in_its_place_approves_nothing(site: Site) -> None:
    judged.judged(site, judged.candidate(site, "sums/one"))
    approval.file_of(site.data_dir).mkdir()
    refused(site, "is no approval")


def test_an_old_one_approves_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    judged.approved(site, "sums/one")
    later = approval.now() + approval.LIFETIME
    monkeypatch.setattr(approval, "now", lambda: later)
    refused(site, "too old")


def test_one_of_another_data_folder_approves_nothing(site: Site, tmp_path: Path) -> None:
    judged.approved(site, "sums/one")
    other = judged.site(tmp_path / "other")
    judged.judged(other, judged.candidate(other, "sums/one"))
    Ledger(other.data_dir).append(Entry(event="judged"))
    shutil.copy(approval.file_of(site.data_dir), approval.file_of(other.data_dir))
    refused(other, "another data folder")


def test_one_of_another_candidate_approves_nothing(site: Site) -> None:
    judged.approved(site, "sums/one")
    judged.judged(site, judged.candidate(site, "sums/two", seed=2))
    refused(site, "another candidate", "sums/two")


def test_one_used_before_approves_nothing_again(site: Site) -> None:
    judged.approved(site, "sums/one")
    kept = approval.file_of(site.data_dir).read_bytes()
    promote.promote(site, "sums/one", TERMS)
    rollback(site)
    approval.file_of(site.data_dir).write_bytes(kept)
    refused(site, "used before")


def test_one_that_the_ledger_does_not_know_approves_nothing(site: Site) -> None:
    judged.approved(site, "sums/one")
    found, _ = approval.read(site.data_dir)
    known, _ = Ledger(site.data_dir).settle()
    assert known is not None
    forged = found.model_copy(update={"nonce": "0" * 32}).sealed("approval", known.key)
    approval.file_of(site.data_dir).write_bytes(forged.encoded())
    refused(site, "not in the ledger")


def test_one_that_was_taken_back_by_a_rejection_approves_nothing(site: Site) -> None:
    judged.approved(site, "sums/one")
    promote.reject(site, "sums/one", "it swears")
    refused(site, "was rejected after the approval")


def test_one_before_another_judgement_approves_nothing(site: Site) -> None:
    candidate = judged.approved(site, "sums/one")
    later = judged.judged(site, candidate, created="2026-01-02T00:00:00+00:00", verdict="REJECT")
    judged.known(site, later)
    refused(site, "was judged after the approval")


def test_a_rejection_of_another_candidate_takes_nothing_back(site: Site) -> None:
    judged.approved(site, "sums/one")
    judged.candidate(site, "sums/two", seed=2)
    promote.reject(site, "sums/two", "worse")
    assert promote.promote(site, "sums/one", TERMS).event == "promoted"


def test_a_line_of_the_ledger_does_not_pass_for_an_approval(site: Site) -> None:
    judged.approved(site, "sums/one")
    found, _ = approval.read(site.data_dir)
    known, _ = Ledger(site.data_dir).settle()
    assert known is not None
    other = found.sealed("ledger line", known.key)
    approval.file_of(site.data_dir).write_bytes(other.encoded())
    refused(site, "was altered")


@pytest.fixture
def pending(site: Site) -> tuple[Site, bytes, Callable[[], object]]:
    """An approval that holds, its bytes, and a way to ask about what lies there now."""
    judged.approved(site, "sums/one")
    known, chain = Ledger(site.data_dir).settle()
    assert known is not None
    raw = approval.file_of(site.data_dir).read_bytes()
    return site, raw, lambda: approval.genuine(site.data_dir, known, chain.lines)


QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@QUIET
@given(data=st.data())
def test_any_byte_changed_approves_nothing(
    pending: tuple[Site, bytes, Callable[[], object]], data: st.DataObject
) -> None:
    site, raw, ask = pending
    place, change = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(1, 255))
    changed = raw[:place] + bytes([raw[place] ^ change]) + raw[place + 1 :]
    approval.file_of(site.data_dir).write_bytes(changed)
    with pytest.raises(ApprovalError):
        ask()
    approval.file_of(site.data_dir).write_bytes(raw)
    assert ask()


@QUIET
@given(data=st.data())
def test_any_part_of_it_and_anything_more_approves_nothing(
    pending: tuple[Site, bytes, Callable[[], object]], data: st.DataObject
) -> None:
    site, raw, ask = pending
    length, more = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.binary(min_size=1, max_size=20))
    for content in (raw[:length], raw + more, more + raw, raw + raw):
        approval.file_of(site.data_dir).write_bytes(content)
        with pytest.raises(ApprovalError):
            ask()


def test_another_form_of_the_same_values_approves_nothing(
    pending: tuple[Site, bytes, Callable[[], object]],
) -> None:
    site, raw, ask = pending
    approval.file_of(site.data_dir).write_bytes(compact(json.loads(raw)))
    with pytest.raises(ApprovalError, match="altered"):
        ask()


def test_it_says_what_it_is_for(site: Site) -> None:
    candidate = judged.approved(site, "sums/one")
    said = json.loads(approval.file_of(site.data_dir).read_bytes())
    assert said["candidate"] == candidate.model_dump()
    assert {"champion", "report", "policy", "base", "expires", "nonce", "mac"} <= said.keys()
    ends, begun = (datetime.datetime.fromisoformat(said[key]) for key in ("expires", "created"))
    assert ends - begun == approval.LIFETIME


def test_a_refused_approval_of_nothing_promotes_nothing_later(site: Site) -> None:
    judged.approved(site, "sums/one")
    found = promote.ready(site, "sums/one", TERMS)
    shutil.rmtree(site.data_dir / "logs" / "reports")
    with pytest.raises(Exception, match=r"gate report .* cannot be used"):
        promote.promote(site, "sums/one", TERMS)
    assert found.verdict == "PROMOTE"
    with pytest.raises(PromotionError, match="was not judged"):
        promote.ready(site, "sums/one", TERMS)
