"""A candidate becomes champion, or is refused for its own reason; and the way back."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import judged
from tests.support.judged import TERMS
from vortex_tui.errors import VortexError
from vortex_tui.experts import aliases, bank, manifest
from vortex_tui.promotion import anew, approval, ledger, promote, registry, removal
from vortex_tui.promotion.anchor import LedgerError
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.report import Gate, PromotionError, Version
from vortex_tui.promotion.rollback import rollback
from vortex_tui.promotion.site import Site
from vortex_tui.promotion.terms import Terms
from vortex_tui.promotion.verification import verify


def events(site: Site) -> list[str]:
    found = verify(site.data_dir)
    assert found.ok, found.told
    return [line.event for line in found.lines]


def serving(site: Site, domain: str = "sums") -> str | None:
    entry = bank.champions(site.entries()).get(domain)
    return entry.id if entry else None


def test_an_approved_candidate_becomes_champion(site: Site) -> None:
    candidate = judged.approved(site, "sums/one")
    assert serving(site) is None
    line = promote.promote(site, "sums/one", TERMS)
    assert (line.event, line.candidate, line.champion) == ("promoted", candidate, None)
    assert serving(site) == "sums/one"
    assert events(site) == ["judged", "approved", "promoting", "promoted"]
    assert not approval.file_of(site.data_dir).exists()
    assert site.candidate("sums/one")  # it stays in quarantine as well


def test_rollback_is_one_move(site: Site) -> None:
    first, second = judged.promoted(site, "sums/one"), judged.promoted(site, "sums/two", seed=2)
    line = rollback(site)
    assert (line.domain, line.candidate, line.champion) == ("sums", first, second)
    assert serving(site) == "sums/one"
    rollback(site, "sums")
    assert serving(site) is None
    with pytest.raises(PromotionError, match="nothing to roll back to"):
        rollback(site, "sums")
    assert events(site)[-4:] == ["rolling_back", "rolled_back", "rolling_back", "rolled_back"]


def test_rollback_works_when_the_new_files_are_gone(site: Site) -> None:
    judged.promoted(site, "sums/one")
    judged.promoted(site, "sums/two", seed=2)
    shutil.rmtree(site.registry / "sums" / "two")
    assert serving(site) is None, "the older one must not take its place by itself"
    (gone,) = [entry for entry in site.entries() if entry.problem]
    assert (gone.id, "rollback sums" in gone.problem) == ("sums/two", True)
    assert bank.find("sums", site.entries()) == gone
    rollback(site, "sums")
    assert serving(site) == "sums/one"


def test_a_former_champion_that_is_damaged_is_passed_over(site: Site) -> None:
    for seed, name in enumerate(("one", "two", "three")):
        judged.promoted(site, f"sums/{name}", seed=seed)
    (site.registry / "sums" / "two" / "adapter" / manifest.WEIGHTS_FILE).write_bytes(b"")
    assert "sums/two" in rollback(site).reason
    assert serving(site) == "sums/one"


def test_a_version_that_was_rolled_back_is_promoted_again_by_another_approval(site: Site) -> None:
    judged.promoted(site, "sums/one")
    candidate = judged.promoted(site, "sums/two", seed=2)
    rollback(site)
    promote.approve(site, judged.known(site, judged.judged(site, candidate)))
    promote.promote(site, "sums/two", TERMS)
    assert serving(site) == "sums/two"
    assert events(site)[-1] == "promoted"


def test_without_a_domain_the_last_promotion_is_undone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = iter(range(100))
    start = ledger.now()
    monkeypatch.setattr(ledger, "now", lambda: start + datetime.timedelta(hours=next(hours)))
    for seed, id in enumerate(("sums/one", "words/one", "words/two", "sums/two")):
        judged.promoted(site, id, seed=seed)
    assert [rollback(site).domain for _ in range(2)] == ["sums", "words"]


# --- refused, each for its own reason -----------------------------------------------------------------------


FOREIGN = Version(id="sums/other", content_hash="d" * 64)
REPORTS: dict[str, dict[str, Any]] = {
    "was not passed": {"verdict": "REJECT"},
    "is of another champion": {"champion": FOREIGN},
    "made under another policy": {"policy_hash": "e" * 64},
    "of another manifest": {"candidate_manifest": "e" * 64},
    "of another manifest than it has now": {"candidate_manifest": ""},
    "is of another base": {"base_fingerprint": "e" * 64},
    "made on another machine": {"host": "elsewhere"},
    "with nano in the base's place": {"mock": True},
    "among other champions than there are now": {"bank": (FOREIGN,)},
    "contradicts itself": {"gates": (Gate(id="gain", title="Gain", verdict="fail", reason="too little"),)},
}


@pytest.mark.parametrize("why", REPORTS)
def test_a_report_that_is_not_of_here_and_now_promotes_nothing(site: Site, why: str) -> None:
    candidate = judged.candidate(site, "sums/one")
    judged.known(site, judged.judged(site, candidate, **REPORTS[why]))
    with pytest.raises(PromotionError, match=why):
        promote.ready(site, "sums/one", TERMS)
    last = Ledger(site.data_dir).examine()[1].lines[-1]
    assert (last.event, last.candidate) == ("refused", candidate)
    assert why in last.reason


@pytest.mark.parametrize("why", [why for why in REPORTS if why != "was not passed"])
def test_such_a_report_promotes_nothing_when_it_was_approved_either(site: Site, why: str) -> None:
    found = judged.judged(site, judged.candidate(site, "sums/one"), **REPORTS[why])
    promote.approve(site, judged.known(site, found))
    with pytest.raises(PromotionError):
        promote.promote(site, "sums/one", TERMS)
    assert serving(site) is None
    assert events(site) == ["judged", "approved", "refused"]


def test_a_report_that_was_not_passed_cannot_be_approved(site: Site) -> None:
    found = judged.judged(site, judged.candidate(site, "sums/one"), verdict="INCONCLUSIVE")
    with pytest.raises(PromotionError, match="cannot be approved"):
        promote.approve(site, found)
    assert not approval.file_of(site.data_dir).exists()


def test_a_candidate_that_changed_after_it_was_judged_is_refused(site: Site) -> None:
    judged.approved(site, "sums/one")
    shutil.rmtree(site.quarantine / "sums")
    judged.candidate(site, "sums/one", seed=7)
    with pytest.raises(PromotionError, match="another candidate"):
        promote.promote(site, "sums/one", TERMS)


def test_a_candidate_whose_file_is_damaged_is_refused(site: Site) -> None:
    judged.approved(site, "sums/one")
    (site.quarantine / "sums/one/adapter" / manifest.WEIGHTS_FILE).write_bytes(b"x")
    with pytest.raises(VortexError, match="is refused"):
        promote.promote(site, "sums/one", TERMS)
    assert events(site)[-1] == "refused"


def test_a_champion_that_changed_meanwhile_is_not_replaced(site: Site) -> None:
    one = judged.candidate(site, "sums/one")
    stale = judged.judged(site, one)
    judged.promoted(site, "sums/two", seed=2)
    promote.approve(site, stale)
    with pytest.raises(PromotionError, match="another champion"):
        promote.promote(site, "sums/one", TERMS)
    assert serving(site) == "sums/two"


def test_a_report_that_no_gates_made_promotes_nothing(site: Site) -> None:
    """Whoever can write into the data folder can write a report; the ledger's line of it is sealed."""
    forged = judged.judged(site, judged.candidate(site, "sums/one"))
    with pytest.raises(PromotionError, match="is not in the ledger"):
        promote.ready(site, "sums/one", TERMS)
    promote.approve(site, forged)
    with pytest.raises(PromotionError, match="is not in the ledger"):
        promote.promote(site, "sums/one", TERMS)
    assert serving(site) is None


def test_a_bank_that_changed_after_the_judgement_is_another_bank(site: Site) -> None:
    found = judged.known(site, judged.judged(site, judged.candidate(site, "sums/one")))
    judged.promoted(site, "words/one", seed=2)
    with pytest.raises(PromotionError, match="among other champions"):
        promote.ready(site, "sums/one", TERMS)
    promote.approve(site, found)
    with pytest.raises(PromotionError, match="among other champions"):
        promote.promote(site, "sums/one", TERMS)
    assert (serving(site), serving(site, "words")) == (None, "words/one")


def test_without_a_report_or_a_candidate_nothing_is_promoted(site: Site) -> None:
    with pytest.raises(PromotionError, match="no candidate"):
        promote.ready(site, "sums/one", TERMS)
    judged.candidate(site, "sums/one")
    with pytest.raises(PromotionError, match="was not judged"):
        promote.ready(site, "sums/one", TERMS)
    with pytest.raises(PromotionError, match="there is no approval"):
        promote.promote(site, "sums/one", TERMS)
    assert events(site) == ["refused"] * 3


def test_the_champion_is_not_promoted_again(site: Site) -> None:
    champion = judged.promoted(site, "sums/one")
    promote.approve(site, judged.judged(site, champion))
    with pytest.raises(PromotionError, match="is the champion already"):
        promote.promote(site, "sums/one", TERMS)


def test_another_policy_in_force_refuses_an_older_approval(site: Site) -> None:
    judged.approved(site, "sums/one")
    with pytest.raises(PromotionError, match="another policy"):
        promote.promote(site, "sums/one", Terms("f" * 64, "here", mock=False))


def test_a_rejection_is_in_the_ledger(site: Site) -> None:
    candidate = judged.candidate(site, "sums/one")
    line = promote.reject(site, "sums/one", "it swears\x1b[2J")
    assert (line.event, line.candidate, line.reason) == ("rejected", candidate, "it swears\\x1b[2J")


# --- who is kept -------------------------------------------------------------------------------------------


def test_champions_and_the_three_before_are_never_removed(site: Site) -> None:
    for seed in range(6):
        judged.promoted(site, f"sums/run-{seed}", seed=seed)
    for seed in (5, 4, 3, 2):
        with pytest.raises(PromotionError, match="is not removed"):
            removal.remove(site, f"sums/run-{seed}")
    before = aliases.stamp(site.data_dir)
    removal.remove(site, "sums/run-0")
    assert aliases.stamp(site.data_dir) != before, "a running engine must notice"
    assert sorted(entry.id for entry in site.entries()) == [f"sums/run-{seed}" for seed in range(1, 6)]
    assert events(site)[-1] == "removed"


def test_the_newest_of_a_domain_without_alias_is_its_champion(site: Site) -> None:
    for run in ("one", "two"):
        judged.expert(site.registry, f"sums/{run}", seed=len(run))
    with pytest.raises(PromotionError, match="champion"):
        removal.remove(site, "sums/two")
    removal.remove(site, "sums/one")
    assert serving(site) == "sums/two"


def test_a_run_in_quarantine_is_removed_when_it_is_said(site: Site) -> None:
    judged.candidate(site, "sums/one")
    with pytest.raises(VortexError, match="no expert"):
        removal.remove(site, "sums/one")
    removal.remove(site, "sums/one", candidate=True)
    assert site.candidates() == []


def test_shipped_experts_are_not_removed(tmp_path: Any, site: Site) -> None:
    base = next(iter(bank.scan(None, bank.roots(tmp_path, with_nano=True)))).manifest
    assert base is not None
    with pytest.raises(PromotionError, match="champion"):
        removal.remove(Site(site.data_dir, base.base_fingerprint, with_nano=True), base.id)


# --- aliases that nobody moved -----------------------------------------------------------------------------


def _forged(site: Site) -> None:
    found = aliases.read(site.data_dir)
    alias = found.of(site.base, "sums")
    assert alias is not None
    registry.write(site, found.replaced(site.base, "sums", alias.rolled_back(1)))


TAMPERED: dict[str, Callable[[Site], object]] = {
    "moved": _forged,
    "deleted": lambda site: aliases.file_of(site.data_dir).unlink(),
    "emptied": lambda site: aliases.file_of(site.data_dir).write_bytes(b""),
    "of another form": lambda site: aliases.file_of(site.data_dir).write_text(json.dumps({"schema": 2})),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_aliases_that_are_not_the_ledgers_are_noticed_and_put_back(site: Site, how: str) -> None:
    judged.promoted(site, "sums/one")
    judged.promoted(site, "sums/two", seed=2)
    kept = aliases.file_of(site.data_dir).read_bytes()
    TAMPERED[how](site)
    assert not verify(site.data_dir).ok
    with pytest.raises(VortexError, match=r"champions"):
        rollback(site, "sums")
    assert anew.mend(site)
    assert aliases.file_of(site.data_dir).read_bytes() == kept
    assert not anew.mend(site)


def test_a_new_ledger_adopts_the_champions_as_they_stand(site: Site) -> None:
    judged.promoted(site, "sums/one")
    judged.promoted(site, "sums/two", seed=2)
    judged.approved(site, "sums/three", seed=3)
    (site.data_dir / "logs" / "promotions.jsonl").write_bytes(b"")
    with pytest.raises(LedgerError, match="cannot be believed"):
        rollback(site)
    anew.begin(site, "restored an older backup")
    assert events(site) == ["restarted", "adopted"]
    assert serving(site) == "sums/two"
    with pytest.raises(PromotionError, match="of another data folder"):
        promote.promote(site, "sums/three", TERMS)
    assert len(list((site.data_dir / "logs").glob("promotions.aside-*.jsonl"))) == 1


def test_exemplars_that_changed_after_the_judgement_are_not_promoted(site: Site) -> None:
    """What a candidate is routed by lies in its manifest: the adapter's hash says nothing of it."""
    candidate = judged.candidate(site, "sums/one")
    judged.judged(site, candidate)
    folder = site.quarantine / candidate.id
    described = manifest.load(folder / manifest.MANIFEST)
    manifest.save(described.model_copy(update={"exemplars": ("somebody else's prompts",)}), folder)
    with pytest.raises(PromotionError, match="of another manifest"):
        promote.ready(site, "sums/one", TERMS)
    assert serving(site) is None
