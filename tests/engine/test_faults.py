"""What happens when something dies: the worker, the face, or the worker again and again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.engine.test_engine import GREEDY, LONG, answers, ask
from vortex_tui import profile
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import BARE, MAX_LINE_BYTES, Token
from vortex_tui.errors import (
    EngineBusyError,
    EngineDiedError,
    EngineGaveUpError,
    ModelError,
    PromptError,
    StorageError,
)


def kill(pid: int | None) -> None:
    assert pid is not None
    psutil.Process(pid).kill()


async def until(holds, seconds: float = 60.0) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_a_killed_worker_keeps_the_partial_answer_and_comes_back(tmp_path: Path) -> None:
    async with Engine(tmp_path, face="test") as engine:
        await engine.load(profile.load("nano"))
        first, seen = engine.pid, ""
        killed = 0.0

        async def read() -> None:
            nonlocal seen, killed
            async for event in engine.generate([ask("go on")], LONG, BARE):
                if isinstance(event, Token):
                    seen += event.text
                    if len(seen) > 10 and not killed:
                        kill(first)
                        killed = time.monotonic()

        with pytest.raises(EngineDiedError) as death:
            await read()
        assert time.monotonic() - killed < 1.0
        assert death.value.partial == seen
        assert engine.state.phase == "restarting" or engine.pid != first
        assert await answers(engine, "What is 37 + 58?") == ["95"]
        assert engine.pid != first


async def test_three_deaths_in_a_row_end_the_restarts(tmp_path: Path) -> None:
    engine = Engine(tmp_path, face="test")
    await engine.start()
    pids: list[int | None] = []
    for _ in range(3):
        await until(lambda: engine.pid not in pids)
        pids.append(engine.pid)
        kill(engine.pid)
    await until(lambda: engine.state.phase == "failed")
    assert isinstance(engine.state.error, EngineGaveUpError)
    with pytest.raises(EngineGaveUpError, match="3 times in a row"):
        await answers(engine, "hello")
    await engine.close()
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)


async def test_closing_leaves_no_process(tmp_path: Path) -> None:
    engine = Engine(tmp_path, face="test")
    await engine.start()
    pid = engine.pid
    await engine.close()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    with pytest.raises(EngineDiedError, match="not running"):
        await engine.stats()


FACE = """
import asyncio, sys
from pathlib import Path
from vortex_tui.engine.client import Engine

async def main():
    engine = Engine(Path(sys.argv[1]), face="doomed")
    await engine.start()
    print(engine.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_a_killed_face_takes_its_worker_with_it(tmp_path: Path) -> None:
    face = subprocess.Popen([sys.executable, "-c", FACE, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert face.stdout is not None
    worker = psutil.Process(int(face.stdout.readline()))
    face.kill()
    face.wait()
    worker.wait(timeout=10)


async def test_a_second_face_is_told_who_owns_the_engine(tmp_path: Path) -> None:
    async with Engine(tmp_path, face="first") as first:
        second = Engine(tmp_path, face="second")
        with pytest.raises(EngineBusyError, match=f"first, process {first.pid}"):
            await second.start()
        assert second.state.phase == "failed"
        await second.close()


async def test_the_lock_does_not_survive_its_owner(tmp_path: Path) -> None:
    engine = Engine(tmp_path, face="first")
    await engine.start()
    kill(engine.pid)
    await until(lambda: engine.state.phase != "starting" or engine.pid is not None)
    await engine.close()
    async with Engine(tmp_path, face="second") as second:
        assert second.owner is not None
        assert second.owner.face == "second"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX job control signals")
async def test_ctrl_c_in_the_terminal_does_not_reach_the_worker(tmp_path: Path) -> None:
    async with Engine(tmp_path, face="test") as engine:
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGINT)
        assert (await engine.stats()).state == "empty"


@pytest.mark.slow
async def test_a_missing_model_is_refused_and_the_engine_still_serves(tmp_path: Path) -> None:
    absent = profile.load("nano")
    absent = absent.model_copy(update={"core": absent.core.model_copy(update={"hf_model": "/no/such/model"})})
    async with Engine(tmp_path, face="test") as engine:
        with pytest.raises(ModelError, match="is not on this machine") as refusal:
            await engine.load(absent)
        assert "vortex-tui --mock" in refusal.value.mend
        assert engine.state.phase == "failed"
        await engine.load(absent.mocked())
        assert await answers(engine, "What is 37 + 58?", sampling=GREEDY) == ["95"]


async def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder", "utf-8")
    with pytest.raises(StorageError, match="cannot be used"):
        await Engine(tmp_path / "data", face="test").start()


@pytest.mark.slow
async def test_a_worker_that_dies_right_after_its_hello_is_replaced(tmp_path: Path) -> None:
    engine = Engine(tmp_path, face="test")
    await engine.start()
    first = engine.pid
    kill(first)
    await until(lambda: engine.pid != first)
    await engine.load(profile.load("nano"))
    await engine.close()


@pytest.mark.slow
async def test_closing_during_a_restart_leaves_nothing(tmp_path: Path) -> None:
    engine = Engine(tmp_path, face="test")
    await engine.start()
    kill(engine.pid)
    await until(lambda: engine.state.phase == "restarting")
    await asyncio.wait_for(engine.close(), 20)
    assert engine.state.phase == "stopped"
    async with Engine(tmp_path, face="next") as following:
        assert following.owner is not None
        assert following.owner.face == "next"


@pytest.mark.slow
async def test_a_worker_that_hangs_is_ended(tmp_path: Path) -> None:
    engine = Engine(tmp_path, face="test")
    await engine.start()
    worker = psutil.Process(engine.pid)
    worker.suspend()
    await asyncio.wait_for(engine.close(), 20)
    assert not worker.is_running()


async def test_a_question_before_any_profile_is_told_so(tmp_path: Path) -> None:
    async with Engine(tmp_path, face="test") as engine:
        kill(engine.pid)
        await until(lambda: engine.state.phase == "failed")
        with pytest.raises(ModelError, match="no profile is loaded"):
            await engine.experts()


@pytest.mark.slow
async def test_a_request_longer_than_any_line_is_refused_here(tmp_path: Path) -> None:
    async with Engine(tmp_path, face="test") as engine:
        await engine.load(profile.load("nano"))
        with pytest.raises(PromptError, match="the request is too long"):
            await answers(engine, "x" * (MAX_LINE_BYTES + 1))
        with pytest.raises(PromptError, match="tokens too long"):
            await answers(engine, "many words " * 2000)
        assert await answers(engine, "What is 37 + 58?") == ["95"]
