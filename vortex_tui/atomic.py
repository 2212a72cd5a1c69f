"""Files that are either the old version or the new one, never half of either."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line


def write_bytes(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``, flushed to the disk; a link stays one and its target is replaced.

    Raises StorageError; then ``path`` is as it was and no temporary file is left.
    """
    try:
        _replace(path.resolve(), content)
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # the last two: a path no file can have, a loop of links
        raise StorageError(
            f"could not write {one_line(str(path))}",
            found=(error.strerror if isinstance(error, OSError) else None) or str(error),
            expected="a writable folder with free space",
            mend="free some space or choose another place; nothing was changed",
        ) from error


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
    try:
        # Not mkstemp: what is written is as readable as any file of this user.
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's names to the disk. Windows does so by itself: its file system keeps a journal."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in UTF-8. Raises StorageError."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace ``path`` by ``value`` as indented JSON. Raises StorageError."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
