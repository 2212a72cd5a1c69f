"""Trainer, gate, engine and promotion killed at random in one data folder: nothing finished is ever lost."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.promotion import small_bank
from tests.support import judged
from tests.support.command import PROGRAM, ROOT, environment
from tests.support.lessons import lessons
from vortex_tui import paths, profile
from vortex_tui.experts import bank
from vortex_tui.promotion import promote
from vortex_tui.promotion.verification import verify

# A kill here costs a start of the libraries, seconds instead of milliseconds: as many hundredths as others.
CASES = max(4, int(os.environ.get("VORTEX_SOAK_CASES", "200")) // 20)
SEED = int(os.environ.get("VORTEX_SOAK_SEED", "1"))
TRAIN = ("train-experts", "--domains", "reversal", "--steps", "6", "--length", "64", "--rows", "2")
_PATIENCE_S = 300.0


class Chaos:
    """One data folder, in which something is begun and killed; and what was finished in it."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.data, self.home = folder / "data", home
        self.rng = random.Random(SEED)
        self.finished: dict[Path, str] = {}
        self.lines: list[str] = []
        self.promoted = 0
        self._environment = environment(XDG_DATA_HOME=str(home.parent))
        made = small_bank.made(self.data, [], ["roman"])
        # Not nano's own roman: what fails its gates early is judged in seconds.
        made.candidate("roman", weights_of="units")
        old = [lesson._asdict() for lesson in lessons("reversal", 80)]
        made.corpus("reversal", "train", old[:60])
        made.corpus("reversal", "calibration", old[60:])
        self._profile = folder / "mine.toml"
        profile.save(small_bank.profile(), self._profile)
        self.site = judged.site(self.data)
        judged.promoted(self.site, "sums/run-0", seed=1000)
        self.acts: tuple[Callable[[], None], ...] = (self.trainer, self.gate, self.engine, self.promotion)

    # --- what is killed -----------------------------------------------------

    def trainer(self) -> None:
        """The command, or the job under it."""
        process = self.command(*TRAIN, "--checkpoint-every", "2")
        self.wait(process, 12.0)
        jobs = _children(process, "vortex_tui.training.job")
        self.kill(process, jobs if jobs and self.rng.random() < 0.5 else [])

    def gate(self) -> None:
        """The command that judges; its engine goes with it."""
        process = self.command("judge", "roman/cand-1")
        self.wait(process, 12.0)
        self.kill(process, [])

    def engine(self) -> None:
        """The worker under a judgement, which says so and ends."""
        process = self.command("judge", "roman/cand-1")
        self.wait(process, 12.0)
        self.kill(process, _children(process, "vortex_tui.engine.worker"))

    def promotion(self) -> None:
        """A promotion, approved; of the old champion and the new one, one serves."""
        before, self.promoted = self.champion(), self.promoted + 1
        id = f"sums/run-{self.promoted}"
        made = judged.candidate(self.site, id, seed=1000 + self.promoted)
        promote.approve(self.site, judged.judged(self.site, made))
        told = [sys.executable, "-m", "tests.support.promoter"]
        process = self.begun([*told, str(self.data), str(self.home), "promote", id])
        self.wait(process, 2.5)
        self.kill(process, [])
        assert self.champion() in (before, id)

    # --- how ----------------------------------------------------------------

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        where = ["--profile", str(self._profile), "--data-dir", str(self.data)]
        return self.begun([*PROGRAM, *arguments, *where])

    def begun(self, line: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            line, cwd=ROOT, env=self._environment, encoding="utf-8",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def wait(self, process: subprocess.Popen[str], most: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(self.rng.uniform(0.0, most))

    def kill(self, process: subprocess.Popen[str], instead: list[psutil.Process]) -> None:
        """Kill the command, or some of its children; then wait until all of them are gone."""
        below = _children(process)
        for each in instead or [process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        _, said = process.communicate(timeout=_PATIENCE_S)
        assert "Traceback" not in said, said
        psutil.wait_procs(below, timeout=_PATIENCE_S)

    # --- what may not be lost -----------------------------------------------

    def champion(self) -> str | None:
        entry = bank.champions(self.site.entries()).get("sums")
        assert entry is None or not bank.verify(entry)
        return entry.id if entry else None

    def check(self) -> None:
        found = verify(self.data)
        assert found.ok, found.told
        lines = [line.hash for line in found.lines]
        assert lines[: len(self.lines)] == self.lines, "a line of the ledger was lost"
        self.lines = lines
        assert self.champion() is not None
        runs = self.runs()
        for folder, content in self.finished.items():
            assert runs.get(folder) == content, f"{folder.name} was lost"
        self.finished = runs

    def runs(self) -> dict[Path, str]:
        """Every run in quarantine, which is whole or is not there."""
        found = {}
        for root, base in (
            (self.site.quarantine, judged.BASE),
            (self.site.quarantine, small_bank.FINGERPRINT),
        ):
            for entry in bank.scan(base, [root]):
                if entry.manifest is not None and entry.manifest.base_fingerprint == base:
                    assert not bank.verify(entry), entry.id
                    found[entry.folder] = entry.manifest.content_hash
        return found

    def settle(self) -> None:
        """After all of it everything works to its end."""
        trained = self.command(*TRAIN, "--checkpoint-every", "2")
        _, said = trained.communicate(timeout=_PATIENCE_S)
        assert trained.returncode == 0, said
        judgement = self.command("judge", "roman/cand-1")
        _, said = judgement.communicate(timeout=_PATIENCE_S)
        assert judgement.returncode == 1, said  # REJECT
        assert list((self.data / "logs" / "reports").glob("*.json"))
        judged.promoted(self.site, "sums/last", seed=5)
        assert self.champion() == "sums/last"
        self.check()
        assert any(folder.parent.name == "reversal" for folder in self.finished)
        assert not list((self.site.quarantine / "reversal").glob(".*.work"))


def _children(process: subprocess.Popen[str], module: str = "") -> list[psutil.Process]:
    """The processes under a command; of one module, where it is named."""
    with contextlib.suppress(psutil.NoSuchProcess):
        every = psutil.Process(process.pid).children(recursive=True)
        return [each for each in every if not module or _runs(each, module)]
    return []


def _runs(process: psutil.Process, module: str) -> bool:
    try:
        return module in process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="the commands find the test's anchors by XDG_DATA_HOME")
def test_whatever_is_killed_nothing_finished_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / "vortex-tui"
    monkeypatch.setattr(paths, "user_data", lambda: home)
    began = time.process_time(), sum(os.times()[2:4])
    chaos = Chaos(tmp_path, home)
    for case in range(CASES):
        # Each of the four in turn, so that few cases are of every kind; when is what is random.
        act = chaos.acts[case % len(chaos.acts)]
        act()
        chaos.check()
    chaos.settle()
    spent = time.process_time() - began[0] + sum(os.times()[2:4]) - began[1]
    print(f"{CASES} kills, {len(chaos.lines)} lines, {len(chaos.finished)} runs, {spent:.0f} s of processor")
