"""Where a run lies: a hidden working folder while it trains, renamed into quarantine when it is whole.

``<domain>/.<run_id>.work/`` holds ``run.json`` (the key of what it depends on), the checkpoints, and at the
end ``whole/``, which becomes ``<domain>/<run_id>/`` in one move.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vortex_tui import atomic
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

QUARANTINE = "quarantine"
EXPERTS = "experts_hf"
_RECORD, _LOCK, _WHOLE, _CHECKPOINTS = "run.json", "lock", "whole", "checkpoints"
_SUFFIX = ".work"
_TRIES = 8


def quarantine_of(output: Path) -> Path:
    """The quarantine of a data folder, or of its folder ``experts_hf``."""
    return (output if output.name == EXPERTS else output / EXPERTS) / QUARANTINE


def key_of(parts: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of all that a run depends on: another key is another training."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Work:
    """A run's working folder, this process's alone while it lives."""

    folder: Path
    run_id: str
    is_resumed: bool
    lock: FileLock

    @property
    def checkpoints(self) -> Path:
        """The folder of its checkpoints."""
        return self.folder / _CHECKPOINTS

    @property
    def whole(self) -> Path:
        """The folder that the finished expert is put together in."""
        return self.folder / _WHOLE

    @property
    def published(self) -> Path:
        """The folder in quarantine that it becomes."""
        return self.folder.parent / self.run_id

    def publish(self) -> Path:
        """Move the finished expert to its place, and let go of the rest. Raises StorageError."""
        try:
            self.whole.rename(self.published)
        except OSError as error:
            raise _unwritable(self.published, error) from error
        self.discard()
        return self.published

    def discard(self) -> None:
        """Remove the working folder; what an open file keeps there goes with the next run."""
        self.lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)


def open_work(domain: Path, key: str, *, fresh: bool) -> Work:
    """The unfinished run with ``key`` that nobody works on, or a new one. Raises StorageError.

    ``fresh`` lets go of unfinished runs with this key first.
    """
    try:
        domain.mkdir(parents=True, exist_ok=True)
        for work in _unfinished(domain, key):
            if not fresh and not work.published.exists():
                return work
            work.discard()
        return _new(domain, key)
    except OSError as error:
        raise _unwritable(domain, error) from error


def _unfinished(domain: Path, key: str) -> Iterator[Work]:
    """Working folders of that key, the newest first, each locked."""
    for folder in sorted(domain.glob(f".*{_SUFFIX}"), reverse=True):
        if _key(folder) != key or (lock := _locked(folder)) is None:
            continue
        if _key(folder) != key:  # its owner finished and removed it in between
            lock.release()
            continue
        run_id = folder.name.removeprefix(".").removesuffix(_SUFFIX)
        yield Work(folder, run_id, is_resumed=True, lock=lock)


def _key(folder: Path) -> str:
    """The key of a working folder; none for one that was not begun properly."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((folder / _RECORD).read_bytes())
        return str(found.get("key", "")) if isinstance(found, dict) else ""
    return ""


def _locked(folder: Path) -> FileLock | None:
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except (Timeout, FileNotFoundError):  # another training is at work there, or was
        return None
    return lock


def _new(domain: Path, key: str) -> Work:
    for _ in range(_TRIES):
        now = datetime.datetime.now(datetime.UTC)
        run_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        folder = domain / f".{run_id}{_SUFFIX}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            lock = FileLock(folder / _LOCK)
            lock.acquire(timeout=0)
            atomic.write_json(folder / _RECORD, {"schema": 1, "key": key, "created": now.isoformat()})
            return Work(folder, run_id, is_resumed=False, lock=lock)
    raise FileExistsError(f"{_TRIES} random names were taken")


def _unwritable(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"the run's folder {one_line(str(folder))} cannot be written",
        found=error.strerror or str(error),
        expected="a writable folder with free space",
        mend="choose another with --output",
    )
