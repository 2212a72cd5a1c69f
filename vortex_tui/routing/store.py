"""An index on the disk: arrays that are mapped, not read, into memory; checked before they are believed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vortex_tui import cache_folder
from vortex_tui.errors import StorageError
from vortex_tui.routing.classes import Classes
from vortex_tui.routing.index import Index
from vortex_tui.routing.material import Known
from vortex_tui.routing.recall import Postings
from vortex_tui.routing.rows import Rows, Stored
from vortex_tui.routing.slices import Slices
from vortex_tui.routing.source import Source, digest
from vortex_tui.routing.space import Space
from vortex_tui.routing.table import Table
from vortex_tui.routing.terms import VIEWS
from vortex_tui.routing.view import View

# Raise it whenever the same exemplars give another index.
VERSION = 2
FOLDER = "router"
_HEADER = "index.json"
_TABLE = ("bounds", "columns", "having", "rows", "units", "counts")
_VIEW = ("idf", "common", "centroids", "rarest")
_SPACE = ("centre", "whitening", "rows", "centroids", "lengths", "reliability")
_POSTINGS = ("starts", "owners", "weights")
# What is read in parts, a few experts' at a time, where a file of it is larger than so many bytes.
_IN_PARTS, _LARGE = ("columns", "having", "rows", "units", "counts"), 4 * 1024 * 1024

Array = npt.NDArray[Any]


def digest_of(sources: Sequence[Source]) -> str:
    """The digest of experts and their exemplars, in their order."""
    return digest(text for source in sources for text in (source.name, source.digest))


def name(sources: Sequence[Source], base: Source, encoder: str) -> str:
    """The folder of an index: its encoder's name, a dash, and the digest of what it is of."""
    whole = digest([str(VERSION), digest_of(sources), base.digest])
    return f"{digest([encoder])[:16]}-{whole[:32]}"


def save(found: Index, digests: Sequence[str], folder: Path) -> None:
    """Write an index to ``folder``, whole or not at all; a disk that refuses costs time at the next start."""
    try:
        cache_folder.check(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix="."))
    except (OSError, StorageError):
        return
    try:
        _write(found, digests, folder.name, made)
        cache_folder.check(folder)  # what was written counts now
        for old in _others(folder):
            shutil.rmtree(old, ignore_errors=True)
        made.replace(folder)
    except (OSError, StorageError):
        shutil.rmtree(made, ignore_errors=True)


def _others(folder: Path) -> Iterator[Path]:
    """Indices of the same encoder with other experts: the name before the dash is the encoder's."""
    encoder = folder.name.partition("-")[0]
    return (other for other in folder.parent.glob(f"{encoder}-*") if other != folder)


def _write(found: Index, digests: Sequence[str], of: str, folder: Path) -> None:
    sums = {}
    for name, array in _arrays(found):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
        sums[name] = _sum(folder / f"{name}.npy")
    header = {"version": VERSION, "names": found.classes.names, "digests": list(digests), "sums": sums}
    body = json.dumps(header | {"of": of})
    document = {"sum": hashlib.sha256(body.encode()).hexdigest(), "body": body}
    (folder / _HEADER).write_text(json.dumps(document), encoding="utf-8")


def _arrays(found: Index) -> Iterator[tuple[str, Array]]:
    yield "sizes", found.classes.sizes
    for name, one in zip(VIEWS, found.views, strict=True):
        yield from ((f"{name}-{part}", getattr(one.table, part)) for part in _TABLE)
        yield from ((f"{name}-{part}", getattr(one, part)) for part in _VIEW)
    if found.space is not None:
        yield from ((f"space-{part}", getattr(found.space, part)) for part in _SPACE)
    if found.postings is not None:
        yield from ((f"postings-{part}", getattr(found.postings, part)) for part in _POSTINGS)


def load(folder: Path) -> tuple[Index, tuple[str, ...]] | None:
    """The index in ``folder`` with the digests of its sources; nothing when it is absent or damaged.

    All of it is read once and held against its hashes. That also leaves it in the system's cache, from where
    the first decisions are as quick as the later ones.
    """
    try:
        header = _header(folder)
        arrays = {name: _checked(folder / f"{name}.npy", whole) for name, whole in header["sums"].items()}
        names, digests = tuple(header["names"]), tuple(header["digests"])
        if not len(names) + 1 == len(digests) == len(arrays["sizes"]):
            return None
        return _index(names, arrays), digests
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _header(folder: Path) -> dict[str, Any]:
    """Raises ValueError, or one of what JSON of another form leads to."""
    document = json.loads((folder / _HEADER).read_text(encoding="utf-8"))
    if hashlib.sha256(document["body"].encode()).hexdigest() != document["sum"]:
        raise ValueError("the header is damaged")
    header: dict[str, Any] = json.loads(document["body"])
    # A folder that was copied to another bank's place would be whole, and wrong.
    if (header["version"], header["of"]) != (VERSION, folder.name):
        raise ValueError("the index is of another version or bank")
    return header


def _sum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _checked(file: Path, whole: str) -> Stored[Any]:
    if _sum(file) != whole:
        raise ValueError(f"{file.name} is damaged")
    if file.stem.endswith(_IN_PARTS) and file.stat().st_size > _LARGE:
        return Slices(file)
    mapped: Array = np.load(file, mmap_mode="r", allow_pickle=False)
    return np.asarray(mapped)  # numpy is slower with the class of a mapped array than with its own


def _index(names: tuple[str, ...], arrays: dict[str, Any]) -> Index:
    def some(prefix: str, parts: Sequence[str]) -> dict[str, Any]:
        return {part: arrays[f"{prefix}-{part}"] for part in parts}

    classes = Classes(names, arrays["sizes"])
    views = tuple(View(Table(**some(name, _TABLE)), **some(name, _VIEW)) for name in VIEWS)
    dense = Space(**some("space", _SPACE)) if "space-rows" in arrays else None
    found = Postings(**some("postings", _POSTINGS)) if classes.are_many else None
    return Index(classes, views, dense, found)


class Earlier(Mapping[str, tuple[Rows, ...]]):
    """Term rows of an earlier index's experts by the digest of their source, read as they are asked for."""

    def __init__(self, found: Index, digests: Sequence[str]) -> None:
        self._index = found
        self._places = {digest: place for place, digest in enumerate(digests)}

    def __getitem__(self, digest: str) -> tuple[Rows, ...]:
        place = self._places[digest]
        size = int(self._index.classes.sizes[place])
        return tuple(seen.table.counted(place, size) for seen in self._index.views)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def known(folder: Path) -> Known:
    """What an earlier index in ``folder``, of any bank and encoder, knows already."""
    loaded = (load(earlier) for earlier in sorted(folder.glob("*-*")))
    return next((Earlier(*found) for found in loaded if found is not None), {})
