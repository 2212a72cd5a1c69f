"""Training in WSL, with a stand-in for wsl.exe that runs the command here."""

from __future__ import annotations

import os
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.training.conftest import MakePlan
from vortex_tui.errors import UsageError
from vortex_tui.settings import Server
from vortex_tui.training import service
from vortex_tui.training.events import Begun, Failed, Finished
from vortex_tui.training.executors import wsl
from vortex_tui.training.executors.wsl import Wsl
from vortex_tui.training.plan import Plan

# It notes how it was called, knows a folder by another name, and runs what follows --exec.
STAND_IN = """#!{python}
import os, sys
with open({log!r}, "a", encoding="utf-8") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
rest = sys.argv[sys.argv.index("--exec") + 1:]
if rest[0] == "wslpath":
    if "unknown" in rest[-1]:
        sys.exit("wslpath: no such drive")
    print(rest[-1].replace({data!r}, {mounted!r}))
else:
    os.execvp(rest[0], rest)
"""
SERVER = Server(wsl_distribution="Ubuntu", wsl_workdir="/home/me", wsl_python=sys.executable)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a shebang")


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a wsl.exe on the path, for which the data folder is called ``mnt``; returns what it notes."""
    folder, log = tmp_path / "bin", tmp_path / "called.txt"
    folder.mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "mnt").symlink_to(tmp_path / "data")
    names = {"data": str(tmp_path / "data"), "mounted": str(tmp_path / "mnt"), "log": str(log)}
    program = folder / "wsl.exe"
    program.write_text(STAND_IN.format(python=sys.executable, **names), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return log


@pytest.mark.slow
async def test_the_same_job_runs_there_with_paths_as_it_knows_them(
    short: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = stand_in(tmp_path, monkeypatch)
    plan = short("reversal")
    async with aclosing(service.train(plan, Wsl(plan.data_dir, SERVER))) as told:
        events = [event async for event in told]
    kept = [event for event in events if isinstance(event, Begun | Finished | Failed)]
    assert [type(event) for event in kept] == [Begun, Finished], kept
    called = log.read_text("utf-8").splitlines()
    assert all(line.startswith("-d Ubuntu --cd /home/me --exec ") for line in called)
    assert called[-1].endswith("-P -m vortex_tui.training.job")
    assert sum("wslpath -a -u" in line for line in called) == 2
    there = await Wsl(plan.data_dir, SERVER)._there(plan.jobs[0])
    assert there.corpus.startswith(str(tmp_path / "mnt"))
    assert there.model == "nano"


async def test_a_path_wsl_does_not_know_is_refused_in_words(
    short: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch)
    plan = short("reversal")
    lost = plan.jobs[0].model_copy(update={"quarantine": "Z:\\unknown"})
    async with aclosing(service.train(Plan(plan.data_dir, (lost,)), Wsl(plan.data_dir, SERVER))) as told:
        (failed,) = [event async for event in told]
    assert isinstance(failed, Failed)
    assert "Z:\\unknown" in failed.message
    assert failed.found == "wslpath: no such drive"


async def test_without_wsl_it_is_said_how_to_get_it(short: MakePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = short("reversal")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="no WSL") as refused:
        async for _ in service.train(plan, Wsl(plan.data_dir, SERVER)):
            pass
    assert "wsl --install" in refused.value.mend


def test_the_command_line_is_the_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch)
    assert wsl.command(Server(), ["python"])[1:] == ["--exec", "python"]
    assert wsl.command(SERVER, ["python"])[1:] == ["-d", "Ubuntu", "--cd", "/home/me", "--exec", "python"]
