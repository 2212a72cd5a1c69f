"""A job as a child process: its spec goes in as a line, its events come out as lines."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from vortex_tui import paths
from vortex_tui.escape import one_line
from vortex_tui.training import events
from vortex_tui.training.events import AnyEvent, Failed, Finished
from vortex_tui.training.refusal import JobDiedError
from vortex_tui.training.spec import JobSpec

MODULE = ("-P", "-m", "vortex_tui.training.job")
_GRACE_SECONDS = 5.0
_MAX_LINE = 1024 * 1024
_MAX_LOG = 4 * 1024 * 1024


def command() -> list[str]:
    """The job's command line here. -P: the current folder is not searched for modules."""
    return [sys.executable, *MODULE]


def log_file(data_dir: Path, domain: str) -> Path:
    """A job's standard error."""
    return data_dir / "logs" / f"training-{domain}.log"


async def run(
    command: Sequence[str],
    spec: JobSpec,
    log: Path,
    emit: Callable[[AnyEvent], None],
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run one job to its end; cancelled, it ends the job.

    Raises the VortexError that the job failed with, or JobDiedError when it ended without a word.
    """
    process = await _start(command, log, {**os.environ, **(environment or {})})
    try:
        if process.stdin is None or process.stdout is None:
            raise JobDiedError("the training has no pipes")
        with contextlib.suppress(ConnectionError):  # it died at once; how is asked below
            process.stdin.write(spec.model_dump_json().encode("utf-8") + b"\n")
            await process.stdin.drain()
        last = await _follow(process.stdout, emit)
        code = await process.wait()
    finally:
        await _end(process)
    if isinstance(last, Failed):
        raise last.to_error()
    if not isinstance(last, Finished):
        raise _died(spec.domain, code, log)


async def _follow(lines: asyncio.StreamReader, emit: Callable[[AnyEvent], None]) -> AnyEvent | None:
    """Tell each event but a failure, which is raised; returns the last."""
    last: AnyEvent | None = None
    while line := await lines.readline():
        last = events.decode(line)
        if not isinstance(last, Failed):
            emit(last)
    return last


async def _start(
    command: Sequence[str], log: Path, environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    with _opened(log) as said:
        try:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
                limit=_MAX_LINE,
                env=dict(environment),
            )
        except OSError as error:
            raise JobDiedError(
                "the training's process could not be started",
                found=error.strerror or str(error),
                expected=f"{one_line(command[0])} to start",
                mend="free memory or processes, then try again",
            ) from error


def _opened(log: Path) -> BinaryIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        grown = log.is_file() and log.stat().st_size > _MAX_LOG
        return log.open("wb" if grown else "ab")
    except OSError as error:
        raise paths.unusable(log.parent, error) from error


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, which ends it; make it end when it does not."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is not None:
        return
    try:
        await asyncio.wait_for(asyncio.shield(process.wait()), _GRACE_SECONDS)
    except (TimeoutError, asyncio.CancelledError):
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _died(domain: str, code: int, log: Path) -> JobDiedError:
    return JobDiedError(
        f"the training of {one_line(domain)} ended in the middle of its work",
        found=f"killed by signal {-code}" if code < 0 else f"exit code {code}",
        expected="an expert in quarantine",
        mend=f"the same command goes on from its last checkpoint; {one_line(str(log))} has its last words",
    )
