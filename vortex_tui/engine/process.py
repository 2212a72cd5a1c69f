"""Start and end the worker's process."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path

from vortex_tui import paths
from vortex_tui.errors import EngineDiedError

_MAX_LOG_BYTES = 4 * 1024 * 1024
_GRACE_SECONDS = 5.0
# What a pipe holds is all that lies between a slow reader and the worker's outbox.
_BUFFER_BYTES = 64 * 1024


def log_file(data_dir: Path) -> Path:
    """The worker's standard error: its log, and what native libraries print."""
    return data_dir / "logs" / "engine.log"


def _rotate(file: Path) -> None:
    # Another owner may have it open: on Windows it then cannot be renamed, and need not be.
    with contextlib.suppress(PermissionError):
        _rename_when_large(file)


def _rename_when_large(file: Path) -> None:
    if file.is_file() and file.stat().st_size > _MAX_LOG_BYTES:
        file.replace(file.with_suffix(".log.1"))


def command(data_dir: Path, face: str) -> list[str]:
    """The worker's command line. -P: the current folder is not searched for modules."""
    module = ["-P", "-m", "vortex_tui.engine.worker"]
    return [sys.executable, *module, "--data-dir", str(data_dir), "--face", face]


async def start(
    data_dir: Path, face: str, environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Start a worker with its pipes, in this environment or another. Raises StorageError without a log."""
    file = log_file(data_dir)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _rotate(file)
        log = file.open("ab")
    except OSError as error:
        raise paths.unusable(data_dir, error) from error
    with log:
        try:
            return await asyncio.create_subprocess_exec(
                *command(data_dir, face),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=environment,
                limit=_BUFFER_BYTES,
            )
        except OSError as error:
            raise EngineDiedError(
                "the engine's process could not be started",
                found=error.strerror or str(error),
                expected=f"{sys.executable} to start",
                mend="free memory or processes, then try again",
            ) from error


async def end(process: asyncio.subprocess.Process) -> None:
    """Wait a little for the worker to leave by itself, then make it."""
    try:
        await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
