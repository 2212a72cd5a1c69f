"""One engine a data folder: a lock of the operating system, freed when its owner dies."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from vortex_tui import atomic, paths
from vortex_tui.engine.protocol import Owner
from vortex_tui.errors import EngineBusyError
from vortex_tui.escape import one_line

_LOCK = "engine.lock"
_OWNER = "engine.owner.json"


class EngineLock:
    """Held as long as this object is; ``owner`` is who holds it."""

    def __init__(self, lock: FileLock, owner: Owner) -> None:
        self._lock = lock
        self.owner = owner

    def release(self) -> None:
        """Free the data folder for another engine."""
        self._lock.release()


def _read_owner(folder: Path) -> str:
    try:
        owner = Owner.model_validate_json((folder / _OWNER).read_bytes())
    except (OSError, ValidationError):
        return "an owner that left no name"
    return f"{one_line(owner.face)}, process {owner.pid}, since {one_line(owner.since)}"


def acquire(folder: Path, face: str) -> EngineLock:
    """Take the engine of ``folder`` for ``face``. Raises EngineBusyError or StorageError at once."""
    # filelock frees it with the process, kill -9 included; the owner file is only a name plate.
    lock = FileLock(folder / _LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise EngineBusyError(
            f"the engine of {one_line(str(folder))} is in use",
            found=_read_owner(folder),
            expected="one engine a data folder",
            mend="close the other one, or use another folder with --data-dir",
        ) from error
    except OSError as error:
        raise paths.unusable(folder, error) from error
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    owner = Owner(pid=os.getpid(), face=face, since=now)
    atomic.write_text(folder / _OWNER, owner.model_dump_json() + "\n")
    return EngineLock(lock, owner)
