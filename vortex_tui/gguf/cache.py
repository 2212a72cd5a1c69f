"""Converted files by the hash of what they were made of: made once, checked each time, never half there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from vortex_tui import atomic, cache_folder, disk
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

# Raise it when the same source gives other bytes: what older versions made is then not found any more.
CONVERTER_VERSION = 1
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Cached:
    """A converted file, and whether it was already there."""

    path: Path
    was_there: bool


def key(kind: str, source: str, fingerprint: str) -> str:
    """SHA-256 (hex) of what is converted, for which base, and by which version of the converter."""
    parts = [CONVERTER_VERSION, kind, source, fingerprint]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Cache:
    """A folder of converted files in a data folder; with ``limit`` bytes, the least recently used go."""

    def __init__(self, data_dir: Path, name: str = "gguf", limit: int | None = None) -> None:
        self._data_dir = data_dir
        self._folder = cache_folder.of(data_dir) / name
        self._limit = limit

    def get(
        self, key: str, make: Callable[[Path], None], size: int = 0, sources: Collection[Path] = ()
    ) -> Cached:
        """The file for ``key``; when it is missing or damaged, ``make`` writes it anew, about ``size`` bytes.

        Room is made within the budget of the data folder first; ``sources`` are what it is made of, and stay.
        Of several processes one makes it and the others wait. Raises StorageError, and what ``make`` raises.
        """
        file = self._folder / f"{key}.gguf"
        if _whole(file):
            _touch(file)
            return Cached(file, was_there=True)
        # Without the key's lock: who waits for it must not keep others from making room.
        cache_folder.make_room(self._data_dir, size, {file, *sources})
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / f"{key}.lock", timeout=_PATIENCE_S):
                if _whole(file):
                    return Cached(file, was_there=True)
                _make(file, make, self._check)
            self._shrink(file)
        except Timeout as error:
            raise _refusal(file, f"another process has been at it for {_PATIENCE_S:.0f} s") from error
        except OSError as error:
            raise _refusal(file, error.strerror or str(error)) from error
        return Cached(file, was_there=False)

    def _check(self, made: Path) -> None:
        """The size was a guess, and others write too: what leaves too little free does not stay."""
        disk.check_room(made, 0, cache_folder.budget_of(self._data_dir).min_disk_free_mb)

    def _shrink(self, newest: Path) -> None:
        """Remove the least recently used; one that another process has open stays (Windows)."""
        if self._limit is None:
            return
        files = sorted(self._folder.glob("*.gguf"), key=lambda file: file.stat().st_mtime_ns)
        size = sum(file.stat().st_size for file in files)
        for file in files:
            if size <= self._limit or file == newest:
                return
            size -= file.stat().st_size
            cache_folder.discard(file)


def _touch(file: Path) -> None:
    """Used just now; a folder that cannot be written still serves."""
    with contextlib.suppress(OSError):
        os.utime(file)


def _refusal(file: Path, found: str) -> StorageError:
    return StorageError(
        f"could not write {one_line(str(file))}",
        found=one_line(found),
        expected="a writable folder with free space",
        mend="free some space, or choose another folder with --data-dir",
    )


def _sidecar(file: Path) -> Path:
    """Where the file's size and hash are kept."""
    return file.with_suffix(".json")


def _whole(file: Path) -> bool:
    """Whether the file is what was written, to the last byte."""
    try:
        said = json.loads(_sidecar(file).read_bytes())
        return bool(file.stat().st_size == said["bytes"] and _hash(file) == said["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _make(file: Path, make: Callable[[Path], None], check: Callable[[Path], None]) -> None:
    """Write beside the file, flush to the disk, then give it its name. Only under the key's lock."""
    for left in file.parent.glob(f".{file.stem}.*.part"):
        left.unlink(missing_ok=True)  # of a process that was killed: nobody else writes under this lock
    temporary = file.with_name(f".{file.stem}.{secrets.token_hex(8)}.part")
    try:
        make(temporary)
        check(temporary)
        with temporary.open("r+b") as stream:
            os.fsync(stream.fileno())
        said = {"bytes": temporary.stat().st_size, "sha256": _hash(temporary)}
        temporary.replace(file)
        atomic.write_json(_sidecar(file), said)
    finally:
        temporary.unlink(missing_ok=True)
