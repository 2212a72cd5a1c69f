"""Training in WSL, with a stand-in for wsl.exe that runs the command here."""

from __future__ import annotations

import ast
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.support import wsl as stand_in
from tests.training.conftest import MakePlan
from vortex_tui.errors import WslError
from vortex_tui.profile import Profile
from vortex_tui.settings import Server
from vortex_tui.training import service
from vortex_tui.training.events import Begun, Failed, Finished
from vortex_tui.training.executors.wsl import Wsl, translated
from vortex_tui.training.plan import Plan


def profile(**more: str) -> Profile:
    server = {"wsl_distribution": "Ubuntu", "wsl_python": sys.executable, **more}
    return Profile(server=Server.model_validate(server))


@pytest.mark.slow
async def test_the_same_job_runs_there(
    short: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = stand_in.install(tmp_path / "bin", monkeypatch)
    plan = short("reversal")
    place = Wsl(plan.data_dir, profile(wsl_workdir=str(tmp_path)))
    async with aclosing(service.train(plan, place)) as told:
        events = [event async for event in told]
    kept = [event for event in events if isinstance(event, Begun | Finished | Failed)]
    assert [type(event) for event in kept] == [Begun, Finished], kept
    asked, ran = [ast.literal_eval(line) for line in calls.read_text("utf-8").splitlines()]
    assert asked == ["--list", "--quiet"]
    assert ran[:5] == ["-d", "Ubuntu", "--cd", str(tmp_path), "--"]
    assert ran[5:] == [sys.executable, "-P", "-m", "vortex_tui.training.job"]


def test_paths_are_told_as_wsl_sees_them(short: MakePlan) -> None:
    (job,) = short("reversal").jobs
    core = job.profile["core"]
    assert isinstance(core, dict)
    windows = {
        "corpus": "C:\\Jane Doe\\data\\corpora\\reversal",
        "quarantine": "D:\\data\\experts_hf\\quarantine",
        "profile": {**job.profile, "core": {**core, "hf_model": "nano"}},
    }
    there = translated(job.model_copy(update=windows), Server())
    assert there.corpus == "/mnt/c/Jane Doe/data/corpora/reversal"
    assert there.quarantine == "/mnt/d/data/experts_hf/quarantine"
    assert there.model == "nano"


async def test_a_path_wsl_cannot_see_is_refused_in_words(
    short: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.install(tmp_path / "bin", monkeypatch)
    plan = short("reversal")
    lost = plan.jobs[0].model_copy(update={"quarantine": "\\\\server\\share\\data"})
    async with aclosing(service.train(Plan(plan.data_dir, (lost,)), Wsl(plan.data_dir, profile()))) as told:
        (failed,) = [event async for event in told]
    assert isinstance(failed, Failed)
    assert "server\\share" in failed.message.replace("\\\\", "\\")
    assert failed.mend


async def test_without_wsl_it_is_said_how_to_get_it(short: MakePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = short("reversal")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(WslError, match="not reachable") as refused:
        async for _ in service.train(plan, Wsl(plan.data_dir, profile())):
            pass
    assert "WSL is not installed" in refused.value.found
    assert refused.value.mend


async def test_a_distribution_that_is_not_there_is_refused_before_any_work(
    short: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.install(tmp_path / "bin", monkeypatch)
    plan = short("reversal")
    with pytest.raises(WslError) as refused:
        async for _ in service.train(plan, Wsl(plan.data_dir, profile(wsl_distribution="Gentoo"))):
            pass
    assert "Gentoo; there are Ubuntu, Alpine" in refused.value.found
