"""The trainer's checkpoints, each with the hashes of its files: none is read that changed since."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from vortex_tui import atomic
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

_SUMS = "sha256.json"
_PREFIX = "checkpoint-"


def folder_of(checkpoints: Path, step: int) -> Path:
    """Where the trainer keeps the checkpoint of a step."""
    return checkpoints / f"{_PREFIX}{step}"


def seal(checkpoint: Path) -> None:
    """Write down the hashes of a checkpoint's files. Raises StorageError."""
    sums = {file.name: _sum(file) for file in sorted(checkpoint.iterdir()) if file.name != _SUMS}
    atomic.write_json(checkpoint / _SUMS, {"schema": 1, "files": sums})


def newest(checkpoints: Path) -> Path | None:
    """The last checkpoint that was written to its end; what was not is removed.

    Raises StorageError for one that changed afterwards.
    """
    found = sorted(checkpoints.glob(f"{_PREFIX}*"), key=_step, reverse=True)
    for checkpoint in found:
        if (checkpoint / _SUMS).is_file():
            verify(checkpoint)
            return checkpoint
        shutil.rmtree(checkpoint, ignore_errors=True)
    return None


def step_of(checkpoint: Path | None) -> int:
    """The step of a checkpoint; 0 for none."""
    return max(0, _step(checkpoint)) if checkpoint else 0


def _step(checkpoint: Path) -> int:
    number = checkpoint.name.removeprefix(_PREFIX)
    return int(number) if number.isdecimal() else -1


def verify(checkpoint: Path) -> None:
    """Raise StorageError unless the files are those that were sealed, and no others."""
    try:
        sums = json.loads((checkpoint / _SUMS).read_bytes())["files"]
        there = {file.name: _sum(file) for file in checkpoint.iterdir() if file.name != _SUMS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(checkpoint, f"{_SUMS}: {type(error).__name__}") from error
    if sums != there:
        names = sorted({*sums, *there} if isinstance(sums, dict) else there)
        changed = [name for name in names if not isinstance(sums, dict) or sums.get(name) != there.get(name)]
        raise _damaged(checkpoint, f"{', '.join(changed)} changed since it was written")


def _sum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _damaged(checkpoint: Path, found: str) -> StorageError:
    return StorageError(
        f"the training cannot go on from {one_line(str(checkpoint))}",
        found=one_line(found),
        expected="the files that the training itself wrote",
        mend="start this training anew with --fresh",
    )
