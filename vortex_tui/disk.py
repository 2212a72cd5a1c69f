"""Room on the disk: how much there is, and a refusal before what would not leave enough."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line
from vortex_tui.paths import nearest_folder

MIB = 1024 * 1024


def free_bytes(folder: Path) -> int:
    """Bytes free where ``folder`` is, or will be made. Raises OSError."""
    return shutil.disk_usage(nearest_folder(folder)).free


def check_room(folder: Path, needed: int, min_free_mb: int) -> None:
    """Refuse to write ``needed`` bytes into ``folder`` where less than ``min_free_mb`` would stay free.

    Raises StorageError, also where the disk does not tell.
    """
    try:
        free = free_bytes(folder)
    except OSError as error:
        raise _refusal(folder, error.strerror or str(error), "a disk that tells its free space") from error
    if free - needed < min_free_mb * MIB:
        raise _refusal(
            folder,
            f"{free // MIB} MiB free, {in_mib(needed)} MiB to be written",
            f"budget.min_disk_free_mb = {min_free_mb} left free",
        )


def _refusal(folder: Path, found: str, expected: str) -> StorageError:
    return StorageError(
        f"there is not enough room in {one_line(str(folder))}; nothing was written",
        found=found,
        expected=expected,
        mend="free some space, lower budget.min_disk_free_mb, or choose another folder with --data-dir",
    )


def in_mib(count: int) -> int:
    """Bytes as whole mebibytes, rounded up."""
    return -(-count // MIB)


def bytes_below(folder: Path) -> int:
    """Bytes of all files in ``folder`` and below; what cannot be looked at counts nothing."""
    total, waiting = 0, [str(folder)]
    while waiting:
        for each in _listed(waiting.pop()):
            with contextlib.suppress(OSError):  # it went meanwhile
                if each.is_dir(follow_symlinks=False):
                    waiting.append(each.path)
                else:
                    total += each.stat(follow_symlinks=False).st_size
    return total


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
