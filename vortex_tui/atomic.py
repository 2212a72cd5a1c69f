"""Files that are either the old version or the new one, never half of either."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vortex_tui.errors import StorageError


def write_bytes(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``, flushed to the disk. Raises StorageError; then ``path`` is as it was."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise StorageError(
            f"could not write {path}",
            found=error.strerror or str(error),
            expected="a writable folder with free space",
            mend="free some space or choose another place; nothing was changed",
        ) from error


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in UTF-8. Raises StorageError."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace ``path`` by ``value`` as indented JSON. Raises StorageError."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
