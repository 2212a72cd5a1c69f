"""The file a command was told to write: tried before the work, written whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vortex_tui import atomic
from vortex_tui.commands.output import print_json
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

# More than most reports: a disk with less room is found before the work, not after it.
_PROBE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class OutFile:
    """``-`` for stdout, else a path. ``option`` is the one it was given with, for words of refusal."""

    target: str
    option: str = "--json-out"

    @property
    def is_stdout(self) -> bool:
        """True when the document goes to stdout, so that tables go to stderr."""
        return self.target == "-"

    @property
    def path(self) -> Path:
        """The file as a path."""
        return Path(self.target)

    def check(self, room: int = _PROBE_BYTES) -> None:
        """Raise StorageError when a document of ``room`` bytes could not be written later."""
        if self.is_stdout or self._is_device():
            return
        if self.path.is_dir():
            raise self._refusal("a folder")
        try:
            folder = _existing(self.path.absolute().parent)
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(bytes(room))
                probe.flush()
        except OSError as error:
            raise self._refusal(error.strerror or str(error)) from error

    def write(self, document: Mapping[str, Any]) -> None:
        """Write ``document`` as JSON. Raises StorageError; then the file is as it was."""
        if self.is_stdout:
            print_json(document)
        elif self._is_device():
            self.path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        else:
            atomic.write_json(self.path, document)

    def _is_device(self) -> bool:
        # Replacing /dev/null or a pipe by a file would break more than this command.
        return self.path.exists() and not self.path.is_file() and not self.path.is_dir()

    def _refusal(self, found: str) -> StorageError:
        return StorageError(
            f"could not write {one_line(self.target)}",
            found=found,
            expected="a file in a writable folder with free space",
            mend=f"choose another place with {self.option}, or - for stdout",
        )


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
