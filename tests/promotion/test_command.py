"""vortex-tui judge as a person runs it: refusals in words, a report that says why, and its table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.promotion import small_bank
from tests.support.command import run
from vortex_tui.commands.judged import interval, parts
from vortex_tui.promotion import candidate, report
from vortex_tui.promotion.report import Gate, GateReport, Moved, PromotionError, Sample, Version

VERSION = Version(id="roman/cand-1", content_hash="a" * 64)


def mine(data: Path) -> str:
    """The bank's profile as a file."""
    from vortex_tui import profile

    file = data / "mine.toml"
    profile.save(small_bank.profile(), file)
    return str(file)


def test_a_candidate_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    small_bank.made(tmp_path, []).candidate("roman")
    done = run("judge", "rome", data=tmp_path)
    assert done.returncode == 1
    assert "'rome' is no candidate" in done.stderr
    assert "roman/cand-1" in done.stderr
    assert not done.stdout


def test_a_name_that_is_several_candidates_is_refused(tmp_path: Path) -> None:
    bank = small_bank.made(tmp_path, [])
    first, _ = bank.candidate("roman"), bank.candidate("roman", run_id="cand-2")
    (tmp_path / "experts_hf" / "quarantine" / "roman" / ".cand-3.work").mkdir()
    with pytest.raises(PromotionError, match="several candidates"):
        candidate.find(tmp_path, "roman")
    assert candidate.find(tmp_path, "cand-1") == candidate.find(tmp_path, "roman/cand-1") == first


def test_a_rejection_is_told_kept_and_ends_with_one(tmp_path: Path) -> None:
    bank = small_bank.made(tmp_path, [], ["roman"])
    bank.candidate("roman", change=small_bank.with_nan)
    done = run("judge", "roman/cand-1", "--profile", mine(tmp_path), "--json-out", "-", data=tmp_path)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    assert document["verdict"] == "REJECT"
    found = GateReport.model_validate(document)
    assert report.read(found.hash, tmp_path) == found
    assert "FAIL" in done.stderr
    assert "no numbers" in done.stderr
    assert found.hash[:16] in done.stderr


def test_a_machine_that_was_never_benched_promotes_nothing(tmp_path: Path) -> None:
    bank = small_bank.made(tmp_path, [], ["roman"])
    (tmp_path / "bench" / "baseline.json").unlink()
    bank.candidate("roman")
    done = run("judge", "roman", "--profile", mine(tmp_path), "--json-out", "out.json", data=tmp_path)
    assert done.returncode == 1
    gates = {gate["id"]: gate for gate in json.loads((tmp_path / "out.json").read_text("utf-8"))["gates"]}
    assert {id for id, gate in gates.items() if gate["verdict"] == "fail"} == {"baseline"}
    assert "--update-baseline" in gates["baseline"]["reason"]
    assert gates["gain"]["verdict"] == "not_applicable"


def made(**changes: Any) -> GateReport:
    gates = (
        Gate(id="gain", title="Gain", verdict="pass", value=0.4, low=0.2, high=0.6, threshold=0.05,
             samples=120, reason="so much"),
        Gate(id="others/words", title="Others", verdict="inconclusive", value=-0.02, low=-0.1, high=0.02,
             threshold=-0.05, samples=40, reason="too \x1b[31mfew"),
        Gate(id="speed", title="Speed", verdict="not_applicable", reason="not asked"),
    )  # fmt: skip
    told: dict[str, Any] = {
        "created": "2026-11-25T12:00:00+00:00", "profile": "mine", "mock": False, "candidate": VERSION,
        "champion": None, "base_fingerprint": "b" * 64, "bank": (), "policy": {}, "policy_hash": "c" * 64,
        "verdict": "INCONCLUSIVE", "gates": gates, "host": "d" * 16, "seconds": 61.0,
        "moved": (Moved(prompt="a", domain="roman", before={}, after={"roman/cand-1": 1.0}, better=True),),
        "samples": (Sample(prompt="4?", expected="IV", champion="\x1b]0;x\x07", candidate="IV"),),
    }  # fmt: skip
    return GateReport(**(told | changes))


@pytest.mark.parametrize("blocks", [True, False])
def test_the_table_fits_eighty_columns_and_shows_foreign_text_escaped(blocks: bool) -> None:
    console = Console(width=80, record=True, file=None, quiet=False, color_system=None)
    with console.capture() as captured:
        for part in parts(made(), blocks=blocks):
            console.print(part)
    shown = captured.get()
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "INCONCLUSIVE in 61 s; 1 prompts move (1 better, 0 worse)" in shown
    assert ("━" in shown) == blocks


def test_an_interval_is_drawn_with_its_limit() -> None:
    gain, others, speed = made().gates
    assert interval(gain, blocks=False) == "|   ==========="
    assert interval(others, blocks=False).index("|") == 6
    assert interval(speed) == ""
