"""What a stage of the recipe has reached, on disk, so that a killed run goes on where it was."""

from __future__ import annotations

import hashlib
import io
import random
from pathlib import Path
from typing import Any

import torch

from vortex_tui import atomic
from vortex_tui.errors import StorageError

_DIGEST = 32  # bytes of SHA-256 before the content


class Checkpoint:
    """One stage's file: step, weights, optimisers, schedules, random numbers.

    `key` names everything the stage depends on; a file with another key belongs to another recipe.
    """

    def __init__(self, file: Path, key: str) -> None:
        """Use `file`; nothing is read yet."""
        self.file, self.key = file, key

    def save(self, state: dict[str, Any], rng: random.Random) -> None:
        """Replace the file. Raises StorageError; then the earlier checkpoint still stands."""
        buffer = io.BytesIO()
        version, numbers, gauss = rng.getstate()
        torch.save(state | {"key": self.key, "rng": [version, list(numbers), gauss]}, buffer)
        content = buffer.getvalue()
        atomic.write_bytes(self.file, hashlib.sha256(content).digest() + content)

    def load(self) -> dict[str, Any] | None:
        """Return what `save` wrote, or None when there is nothing yet. Raises StorageError."""
        if not self.file.exists():
            return None
        content = self.file.read_bytes()
        if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
            raise self._refuse("a damaged file: its checksum is wrong")
        state: dict[str, Any] = torch.load(io.BytesIO(content[_DIGEST:]), weights_only=True)
        if state["key"] != self.key:
            raise self._refuse("a checkpoint of another recipe, or of other data")
        return state

    def _refuse(self, found: str) -> StorageError:
        return StorageError(
            f"cannot go on from {self.file}",
            found=found,
            expected="a checkpoint that this recipe wrote",
            mend=f"delete {self.file} to train this stage again, or start with --fresh",
        )


def restore(rng: random.Random, saved: list[Any]) -> None:
    """Put `rng` back to where it was."""
    version, numbers, gauss = saved
    rng.setstate((version, tuple(numbers), gauss))
