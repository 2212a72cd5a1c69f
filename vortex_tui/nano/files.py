"""Checksums of what the recipe wrote, and the swap that puts it in place."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

INDEX = "index.json"


def digests(data: Path) -> dict[str, dict[str, str | int]]:
    """Return SHA-256 and size of every file under `data` but the index, by its path with slashes."""
    found: dict[str, dict[str, str | int]] = {}
    for path in sorted(p for p in data.rglob("*") if p.is_file() and p != data / INDEX):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        found[path.relative_to(data).as_posix()] = {"sha256": digest, "bytes": len(content)}
    return found


def fresh(folder: Path) -> Path:
    """Return an empty folder at `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def swap_in(built: Path, place: Path) -> None:
    """Put the finished folder `built` at `place`; what was there goes."""
    old = place.with_name(f".{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    place.parent.mkdir(parents=True, exist_ok=True)
    built.rename(place)
    shutil.rmtree(old, ignore_errors=True)
