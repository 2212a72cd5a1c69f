"""stdout is data, stderr is words; a closed pipe and Ctrl-C end quietly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.command import PROGRAM, environment, run

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and pipes")


def start(*arguments: str, data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=data,
        env=environment(VORTEX_TUI_DATA=str(data)),
        start_new_session=True,
    )


@POSIX
@pytest.mark.parametrize("arguments", [["experts", "list", "--json"], ["doctor"], ["--help"]])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, arguments: list[str]) -> None:
    process = start(*arguments, data=tmp_path)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.wait(30)


def workers(data: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if str(data) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let what is started hear Ctrl+C: the background jobs of a shell ignore it, and their children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@POSIX
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_while_loading_ends_with_130_and_leaves_no_process(tmp_path: Path) -> None:
    process = start("chat", "-m", "What is 37 + 58?", data=tmp_path)
    deadline = time.monotonic() + 20
    while not workers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    # At once: nano loads in a few seconds, and a busy machine may give this test none of them.
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert out == ""
    while workers(tmp_path) and time.monotonic() < deadline + 10:
        time.sleep(0.05)
    assert workers(tmp_path) == []


def test_the_module_is_the_same_program(tmp_path: Path) -> None:
    done = run("--version", data=tmp_path)
    assert done.stdout.startswith("vortex-tui, version ")
    assert done.returncode == 0


@POSIX
@pytest.mark.slow
def test_a_reader_that_leaves_in_the_middle_of_an_answer_is_no_error(tmp_path: Path) -> None:
    process = start("chat", "-m", "What is 37 + 58?", "--no-experts", data=tmp_path)
    assert process.stdout is not None
    assert process.stdout.read(1)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.wait(timeout=60)
    assert not [child for child in psutil.process_iter() if str(tmp_path) in " ".join(safe_command(child))]


def safe_command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
