"""What was measured already: one JSON line a result, only ever appended to.

A killed run leaves at worst a torn last line, which is cut off; the next run goes on after it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vortex_tui import paths


class Store:
    """Results by key, in one file. Raises StorageError where the file cannot be read or written."""

    def __init__(self, file: Path, *, fresh: bool = False) -> None:
        self._file = file
        self._rows: dict[str, Any] = {}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if fresh:
                file.unlink(missing_ok=True)
            elif file.exists():
                self._read()
        except OSError as error:
            raise paths.unusable(file.parent, error) from error

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __getitem__(self, key: str) -> Any:
        return self._rows[key]

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Mapping[str, Any]) -> None:
        """Keep results; they are on the disk when this returns."""
        text = "".join(json.dumps([key, value]) + "\n" for key, value in rows.items())
        try:
            with self._file.open("ab") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise paths.unusable(self._file.parent, error) from error
        self._rows.update(rows)

    def _read(self) -> None:
        raw = self._file.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) != len(raw):
            with self._file.open("r+b") as file:
                file.truncate(len(whole))
        for line in whole.splitlines():
            self._rows.update(_row(line))


def _row(line: bytes) -> dict[str, Any]:
    """One result; a line that is none (the disk's fault, not a kill's) is measured again."""
    try:
        key, value = json.loads(line)
    except (ValueError, TypeError):
        return {}
    return {key: value} if isinstance(key, str) else {}
