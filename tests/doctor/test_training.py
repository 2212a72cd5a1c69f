"""Could experts be trained here: each thing that may be missing, told in its own words."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import wsl as stand_in
from tests.support.command import ROOT
from vortex_tui import profile
from vortex_tui.doctor import deep, reach, run, training
from vortex_tui.doctor.context import Context

IN_WSL = {
    "train_strategy": "wsl_subprocess_unload",
    "wsl_distribution": "Ubuntu",
    "wsl_workdir": str(ROOT),
    "wsl_python": sys.executable,
}


def context(tmp_path: Path, **server: Any) -> Context:
    nano = profile.load("nano")
    return Context(nano.model_copy(update={"server": nano.server.model_copy(update=server)}), tmp_path)


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in.install(tmp_path / "bin", monkeypatch)


def test_training_here_tells_the_versions_it_would_use(tmp_path: Path) -> None:
    found = training.training(context(tmp_path, train_strategy="subprocess_unload"))
    assert found.status == "pass"
    for name in ("transformers", "peft", "accelerate", "bitsandbytes"):
        assert f"{name} {importlib.metadata.version(name)}" in found.found


def test_a_missing_library_fails_and_only_a_quantised_base_needs_bitsandbytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "bitsandbytes":
            raise importlib.metadata.PackageNotFoundError
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    given = context(tmp_path, train_strategy="subprocess_unload")
    found = training.training(given)
    assert (found.status, found.found) == ("fail", "no bitsandbytes")
    assert "pip install" in found.mend
    core = given.profile.core.model_copy(update={"hf_quantization": "none"})
    plain = Context(given.profile.model_copy(update={"core": core}), tmp_path)
    assert training.training(plain).status == "pass"


def test_no_wsl_is_looked_for_where_no_strategy_needs_it(tmp_path: Path, calls: Path) -> None:
    for check in (training.listed, training.reached):
        found = check(context(tmp_path, train_strategy="subprocess_unload"))
        assert (found.status, "no WSL is needed" in found.found) == ("skip", True)
    assert not calls.exists()


def test_the_glance_only_lists_and_the_deep_check_runs_python_in_the_folder(
    tmp_path: Path, calls: Path
) -> None:
    given = context(tmp_path, **IN_WSL)
    assert training.training(given).status == "skip"
    assert training.listed(given).status == "pass"
    assert calls.read_text("utf-8").splitlines() == ["['--list', '--quiet']"]
    found = training.reached(given)
    assert found.status == "pass", found
    assert "Ubuntu: Python 3." in found.found
    assert f"peft {importlib.metadata.version('peft')}" in found.found
    begin = f"['-d', 'Ubuntu', '--cd', {str(ROOT)!r}, '--', {sys.executable!r}"
    assert f"{begin}, '--version']" in calls.read_text("utf-8")


@pytest.mark.parametrize(
    ("changes", "found", "mend"),
    [
        ({"wsl_distribution": "Debian"}, "no distribution Debian; there are Ubuntu", "wsl --install Debian"),
        ({"wsl_workdir": "/no/such/folder"}, "no folder /no/such/folder", "server.wsl_workdir"),
        ({"wsl_workdir": "C:relative"}, "WSL cannot see 'C:relative'", "drive with a letter"),
        ({"wsl_python": "no-such-python"}, "no command no-such-python", "server.wsl_python"),
        ({"wsl_python": "false"}, "false does not run in WSL", "repair"),
        ({"wsl_python": "echo"}, "echo has no vortex-tui", "-m pip install -e ."),
        ({"wsl_python": "python; true"}, "the character ';'", "rename"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("calls")
def test_each_thing_that_is_missing_has_its_own_words(
    tmp_path: Path, changes: dict[str, str], found: str, mend: str
) -> None:
    told = training.reached(context(tmp_path, **(IN_WSL | changes)))
    assert told.status == "fail"
    assert found in told.found
    assert mend in told.mend
    assert told.expected


def test_without_wsl_it_is_said_and_a_glance_only_warns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    given = context(tmp_path, **IN_WSL)
    told = training.reached(given)
    assert (told.status, "WSL is not installed" in told.found) == ("fail", True)
    assert told.mend
    assert training.listed(given).status == "warn"


@pytest.mark.usefixtures("calls")
def test_wsl_without_a_distribution_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_NAMES", "")
    told = training.listed(context(tmp_path, **IN_WSL))
    assert "has no distribution" in told.found
    assert told.mend == "wsl --install"


@pytest.mark.usefixtures("calls")
def test_the_default_distribution_needs_no_name(tmp_path: Path) -> None:
    told = training.reached(context(tmp_path, **(IN_WSL | {"wsl_distribution": ""})))
    assert (told.status, "default distribution" in told.found) == ("pass", True)


@pytest.mark.usefixtures("calls")
def test_wsl_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_SLEEPS", "1")
    monkeypatch.setattr(reach, "_SECONDS", 0.5)
    told = training.reached(context(tmp_path, **IN_WSL))
    assert "did not answer within 0.5 s" in told.found
    assert "wsl --shutdown" in told.mend


def test_the_deep_list_asks_wsl_and_the_shallow_one_does_not() -> None:
    shallow, deeper = ({row.id: row.function for row in rows} for rows in (run.SHALLOW, deep.SHALLOW))
    assert list(shallow) == list(deeper)
    assert (shallow["wsl"], deeper["wsl"]) == (training.listed, training.reached)
