"""The runner of all checks: nothing that fails is lost, nothing after it is skipped."""

from __future__ import annotations

import sys

import pytest

from tests import run
from tests.run import Stage

GOOD = Stage("good", ("-c", "print('3 passed in 1s')"), suite=True)
BAD = Stage(
    "bad", ("-c", "print('FAILED tests/x.py::y'); print('1 failed'); raise SystemExit(1)"), suite=True
)


def use(monkeypatch: pytest.MonkeyPatch, *stages: Stage) -> None:
    monkeypatch.setattr(run, "STAGES", stages)
    monkeypatch.setattr(sys, "argv", ["run.py"])


def test_a_failed_stage_fails_the_run_and_the_next_ones_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, BAD, GOOD)
    assert run.main() == 1
    end = capsys.readouterr().out.partition("=== stages ===")[2]
    assert "FAILED tests/x.py::y" in end
    assert end.rstrip().endswith("3 passed in 1s")


def test_stages_that_pass_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, GOOD)
    assert run.main() == 0


def test_a_pack_beyond_the_limit_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MAX_PACK_KB", -1)
    ok, (told,) = run.pack()
    assert not ok or "not a git repository" in told


def test_an_unknown_stage_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "quik"])
    with pytest.raises(SystemExit, match="no stage quik"):
        run.main()
