"""The commands as a person types them, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import judged
from tests.support.command import ROOT, environment
from vortex_tui.doctor import records
from vortex_tui.doctor.bank import base_fingerprint
from vortex_tui.doctor.context import Context
from vortex_tui.profile import load
from vortex_tui.promotion import approval, ledger
from vortex_tui.promotion.site import Site

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def nano(tmp_path: Path) -> Site:
    base = base_fingerprint(load("nano"))
    assert base is not None
    return Site(tmp_path / "data", base, with_nano=True)


@pytest.fixture
def run(nano: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command; ``typed`` is typed at a terminal, else stdin is empty and no terminal."""
    # Where platformdirs looks on Linux, macOS and Windows is not one variable; the tests' own folder is told
    # by the first. Elsewhere the anchors land in the user's folder, under an id of their own.
    monkeypatch.setenv("XDG_DATA_HOME", str(home.parent))
    home.mkdir()
    home.parent.joinpath("vortex-tui").symlink_to(home, target_is_directory=True)

    def made(*arguments: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.support.gated", *arguments, "--data-dir", str(nano.data_dir)]
        options: dict[str, Any] = {"cwd": ROOT, "env": environment(), "timeout": 120, "encoding": "utf-8"}
        if typed is None:
            return subprocess.run(command, capture_output=True, input="", check=False, **options)
        import pty

        outer, inner = pty.openpty()
        os.write(outer, f"{typed}\n".encode())
        try:
            return subprocess.run(command, stdin=inner, capture_output=True, check=False, **options)
        finally:
            os.close(outer)
            os.close(inner)

    return made


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made with pty")


def said(done: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_from_quarantine_to_champion_and_back(run: Run, nano: Site) -> None:
    judged.candidate(nano, "arithmetic/one")
    (waiting,) = said(run("candidates", "--json"))["candidates"]
    assert (waiting["id"], waiting["state"], waiting["verdict"]) == ("arithmetic/one", "new", None)
    assert said(run("promote", "arithmetic/one", "--json"))["verdict"] == "PROMOTE"
    done = run("promote", "arithmetic/one", "--approve", typed="arithmetic/one")
    assert (done.returncode, "arithmetic/one serves arithmetic" in done.stdout) == (0, True), done.stderr
    assert "Type the candidate's id" in done.stderr
    (waiting,) = said(run("candidates", "--json"))["candidates"]
    assert (waiting["state"], waiting["verdict"]) == ("promoted", "PROMOTE")
    listed = {row["id"]: row for row in said(run("experts", "list", "--json"))["experts"]}
    assert listed["arithmetic/one"]["champion"]
    assert sum(row["champion"] for row in listed.values()) == 14
    assert said(run("rollback", "--json"))["line"]["candidate"]["id"].startswith("arithmetic/release")
    told = said(run("ledger", "--json"))
    assert [line["event"] for line in told["lines"]] == [
        "judged", "approved", "promoting", "promoted", "rolling_back", "rolled_back",
    ]  # fmt: skip
    assert said(run("ledger", "--verify", "--json"))["ok"]
    assert "was removed" in run("experts", "remove", "arithmetic/one").stdout


def test_without_a_terminal_nothing_is_approved(run: Run, nano: Site) -> None:
    judged.candidate(nano, "arithmetic/one")
    run("promote", "arithmetic/one")
    done = run("promote", "arithmetic/one", "--approve")
    assert (done.returncode, "needs a terminal" in done.stderr) == (2, True)
    assert not approval.file_of(nano.data_dir).exists()


@pytest.mark.parametrize("typed", ["yes", "arithmetic"])
def test_another_word_approves_nothing(run: Run, nano: Site, typed: str) -> None:
    judged.candidate(nano, "arithmetic/one")
    run("promote", "arithmetic/one")
    done = run("promote", "arithmetic/one", "--approve", typed=typed)
    assert (done.returncode, "nothing was approved" in done.stderr) == (1, True), done.stderr
    assert not approval.file_of(nano.data_dir).exists()
    assert said(run("ledger", "--json"))["lines"][-1]["event"] == "refused"


def test_what_the_gates_refuse_cannot_be_approved(run: Run, nano: Site) -> None:
    judged.candidate(nano, "arithmetic/bad")
    assert said(run("promote", "arithmetic/bad", "--json"), 1)["verdict"] == "REJECT"
    done = run("promote", "arithmetic/bad", "--approve", typed="arithmetic/bad")
    assert (done.returncode, "was not passed" in done.stderr) == (1, True), done.stderr
    assert run("promote", "arithmetic/bad", "--reject", "worse at sums").returncode == 0
    (waiting,) = said(run("candidates", "--json"))["candidates"]
    assert (waiting["state"], waiting["reason"]) == ("rejected", "worse at sums")


def test_an_empty_approval_is_refused_with_its_reason(run: Run, nano: Site) -> None:
    judged.candidate(nano, "arithmetic/one")
    run("promote", "arithmetic/one")
    approval.file_of(nano.data_dir).touch()
    done = run("promote", "arithmetic/one")
    assert (done.returncode, "the approval is empty" in done.stderr) == (1, True)


def test_verify_names_the_first_broken_line(run: Run, nano: Site) -> None:
    judged.candidate(nano, "arithmetic/one")
    for reason in ("a", "b", "c"):
        run("promote", "arithmetic/one", "--reject", reason)
    file = ledger.file_of(nano.data_dir)
    file.write_bytes(file.read_bytes().replace(b'"reason":"b"', b'"reason":"x"'))
    told = said(run("ledger", "--verify", "--json"), 1)
    assert (told["first_broken_line"], "its MAC is wrong" in told["why"]) == (2, True)
    assert "line 2" in run("ledger", "--verify").stdout
    assert run("ledger", "--begin-anew").returncode == 2
    assert run("ledger", "--begin-anew", typed="no").returncode == 1
    assert run("ledger", "--begin-anew", typed="begin anew").returncode == 0
    assert said(run("ledger", "--json"))["lines"][0]["event"] == "restarted"
    assert "were so already" in run("ledger", "--mend").stdout


@pytest.mark.slow
def test_the_gates_judge_and_the_ledger_says_so(run: Run, nano: Site) -> None:
    """The real gates: an adapter of one layer with random values is never PROMOTE."""
    judged.candidate(nano, "arithmetic/one")
    options = ["--data-dir", str(nano.data_dir)]
    done = subprocess.run(
        [sys.executable, "-m", "vortex_tui", "promote", "arithmetic/one", "--json", *options],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode in (1, 3), done.stderr
    report = json.loads(done.stdout)
    (line,) = said(run("ledger", "--json"))["lines"]
    assert (line["event"], line["report"], line["policy"]) == (
        "judged",
        report["report"],
        report["policy_hash"],
    )
    refused = subprocess.run(
        [sys.executable, "-m", "vortex_tui", "promote", "arithmetic/one", "--approve", *options],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert (refused.returncode, "was not passed" in refused.stderr) == (1, True), refused.stderr


def test_the_doctor_says_what_is_pending_and_whether_the_ledger_is_whole(nano: Site) -> None:
    given = Context(load("nano"), nano.data_dir)
    assert (records.approval(given).status, records.ledger(given).status) == ("skip", "skip")
    judged.approved(nano, "arithmetic/one")
    assert "pending: arithmetic/one, until" in records.approval(given).found
    assert records.ledger(given).found == "2 lines, whole"
    approval.file_of(nano.data_dir).write_bytes(b"")
    assert "approves nothing" in records.approval(given).found
    file = ledger.file_of(nano.data_dir)
    file.write_bytes(file.read_bytes() + b"half")
    assert records.ledger(given).status == "warn"
    file.write_bytes(b"")
    assert (records.ledger(given).status, "missing" in records.ledger(given).found) == ("fail", True)
