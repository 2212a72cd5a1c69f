"""Killed at any step, a real process leaves the old champion or the new one; the rest is brought to agree."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import judged
from tests.support.command import ROOT, environment
from vortex_tui.experts import aliases, bank
from vortex_tui.promotion import promote
from vortex_tui.promotion.report import PromotionError
from vortex_tui.promotion.rollback import rollback
from vortex_tui.promotion.site import Site
from vortex_tui.promotion.verification import verify

CASES = max(10, int(os.environ.get("VORTEX_SOAK_CASES", "200")) // 20)
PROMOTING = (
    "nonce spent",
    "promoting written",
    "promoting anchored",
    "approval removed",
    "pinned",
    "copied",
    "named",
    "moved",
    "promoted written",
    "promoted anchored",
    "promoted",
)
ROLLING_BACK = (
    "rolling_back written",
    "rolling_back anchored",
    "moved",
    "rolled_back written",
    "rolled_back anchored",
)
REMOVING = ("removed written", "removed anchored", "discarded")


def begin(site: Site, home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.promoter", str(site.data_dir), str(home), *arguments],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed(site: Site, home: Path, *arguments: str) -> list[str]:
    """Run it to the step at which it kills itself; the steps it reached."""
    process = begin(site, home, *arguments)
    told, said = process.communicate(timeout=120)
    assert process.returncode not in (0, 1), said
    return told.split("\n")[1:-1]


def serving(site: Site) -> str | None:
    entry = bank.champions(site.entries()).get("sums")
    if entry is not None:
        assert not bank.verify(entry)
    return entry.id if entry else None


def settled(site: Site) -> None:
    """Whatever was killed, the next command finds its way, and a promotion works from beginning to end."""
    found = verify(site.data_dir)
    assert found.ok, found.told
    before = serving(site)
    with pytest.raises(PromotionError, match="no candidate"):
        promote.ready(site, "sums/nobody", judged.TERMS)
    after = verify(site.data_dir)
    assert (after.ok, after.notes) == (True, ())
    assert serving(site) == before
    assert list(site.registry.glob("*/.*")) == []
    judged.promoted(site, "sums/next", seed=99)
    assert serving(site) == "sums/next"
    assert rollback(site, "sums").event == "rolled_back"
    assert serving(site) == before
    assert verify(site.data_dir).ok


@pytest.fixture
def there(site: Site) -> Site:
    """An old champion that was promoted, one before it, and a new candidate that is approved."""
    judged.promoted(site, "sums/older", seed=4)
    judged.promoted(site, "sums/old", seed=5)
    judged.approved(site, "sums/new", seed=6)
    return site


@pytest.mark.slow
@pytest.mark.parametrize("step", PROMOTING)
def test_a_promotion_killed_at_a_step_leaves_one_of_the_two(there: Site, home: Path, step: str) -> None:
    reached = killed(there, home, "promote", "sums/new", step)
    assert reached[-1] == step
    moved = "moved" in reached
    assert serving(there) == ("sums/new" if moved else "sums/old")
    settled(there)
    last = [line.event for line in verify(there.data_dir).lines if line.of is not None and line.of < 12]
    assert ("abandoned" in last) == (not moved and step != "nonce spent")


@pytest.mark.slow
@pytest.mark.parametrize("step", PROMOTING)
@pytest.mark.parametrize("champion", [True, False], ids=["with champion", "first of its domain"])
def test_the_first_promotion_of_a_domain_too(site: Site, home: Path, step: str, champion: bool) -> None:
    if champion:
        judged.expert(site.registry, "sums/old", seed=5)
    judged.approved(site, "sums/new", seed=6)
    reached = killed(site, home, "promote", "sums/new", step)
    old = "sums/old" if champion else None
    assert serving(site) == ("sums/new" if "moved" in reached else old)
    if "moved" not in reached:
        with pytest.raises(PromotionError, match="no candidate"):
            promote.ready(site, "sums/nobody", judged.TERMS)
        assert aliases.read(site.data_dir) == aliases.Aliases(), "a domain without alias is left without"
    settled(site)


@pytest.mark.slow
@pytest.mark.parametrize("step", ROLLING_BACK)
def test_a_rollback_killed_at_a_step_leaves_one_of_the_two(there: Site, home: Path, step: str) -> None:
    reached = killed(there, home, "rollback", "sums", step)
    assert reached[-1] == step
    assert serving(there) == ("sums/older" if "moved" in reached else "sums/old")
    settled(there)


@pytest.mark.slow
@pytest.mark.parametrize("step", REMOVING)
def test_a_removal_killed_at_a_step_is_whole_or_not_at_all(there: Site, home: Path, step: str) -> None:
    judged.expert(there.registry, "sums/spare", seed=9)
    killed(there, home, "remove", "sums/spare", step)
    assert serving(there) == "sums/old"
    settled(there)


@pytest.mark.slow
def test_the_steps_are_all_that_there_are(there: Site, home: Path) -> None:
    process = begin(there, home, "promote", "sums/new")
    told, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    wanted = [step for step in PROMOTING if step != "pinned"]
    assert [step for step in told.split("\n")[1:-1] if step != "pinned"] == wanted


@pytest.mark.slow
def test_of_two_promoters_at_once_one_wins(there: Site, home: Path) -> None:
    judged.approved(there, "sums/new-too", seed=7)  # the last approval is the one that lies there
    both = [begin(there, home, "promote", id) for id in ("sums/new-too", "sums/new-too", "sums/new")]
    ends = [(process.communicate(timeout=120), process.returncode) for process in both]
    assert sorted(code for _, code in ends) == [0, 1, 1]
    assert serving(there) == "sums/new-too"
    found = verify(there.data_dir)
    assert (found.ok, found.notes) == (True, ())
    assert [line.event for line in found.lines].count("refused") == 2
    settled(there)


@pytest.mark.soak
def test_killed_at_random_nothing_is_ever_lost(site: Site, home: Path) -> None:
    """Promotions and rollbacks of one data folder, killed whenever; each time one of the two serves."""
    chance = random.Random(7)
    judged.promoted(site, "sums/run-0", seed=1000)
    longest, count = 0.3, 0
    for case in range(1, CASES + 1):
        before = serving(site)
        candidate = judged.candidate(site, f"sums/run-{case}", seed=1000 + case)
        with_rollback = case % 3 == 0 and before != "sums/run-0"
        if not with_rollback:
            found = judged.known(site, judged.judged(site, candidate))
            promote.approve(site, found)
        arguments = ("rollback", "sums") if with_rollback else ("promote", candidate.id)
        process = begin(site, home, *arguments)
        assert process.stdout is not None
        process.stdout.readline()  # its imports are done
        started = time.monotonic()
        time.sleep(chance.uniform(0, longest))
        process.kill()
        process.communicate()
        longest = max(0.1, min(longest, 2 * (time.monotonic() - started)))
        found_lines = verify(site.data_dir)
        assert found_lines.ok, found_lines.told
        assert len(found_lines.lines) >= count
        count = len(found_lines.lines)
        now = serving(site)
        assert now is not None
        if not with_rollback:
            assert now in (before, candidate.id)
    settled(site)
