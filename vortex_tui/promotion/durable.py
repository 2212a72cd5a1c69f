"""Writing that outlives a power cut: files are flushed, and so are the folders that name them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vortex_tui import atomic
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system says of ``path`` in words. Raises StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{one_line(str(path))} could not be read or written",
            found=error.strerror or str(error),
            expected="a readable and writable file with free space beside it",
            mend="free some space, or choose another folder with --data-dir",
        ) from error


def write(path: Path, content: bytes) -> None:
    """Replace ``path``, flushed with its folder. Raises StorageError."""
    atomic.write_bytes(path, content)
    with told(path):
        atomic.sync_folder(path.parent)


def append(path: Path, content: bytes) -> None:
    """Put ``content`` at the end of ``path``, flushed. Raises StorageError; then part of it may be there."""
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        with path.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            atomic.sync_folder(path.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file's content, flushed; its folder is left to the caller. Raises OSError."""
    with source.open("rb") as read, target.open("xb") as written:
        shutil.copyfileobj(read, written)
        written.flush()
        os.fsync(written.fileno())


def remove(path: Path) -> None:
    """Remove a file that may be gone already. Raises StorageError."""
    with told(path):
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            atomic.sync_folder(path.parent)
