"""An index on the disk: arrays that are mapped, not read, into memory; checked before they are believed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vortex_tui.routing.classes import Classes
from vortex_tui.routing.index import Index
from vortex_tui.routing.material import Known
from vortex_tui.routing.recall import Postings
from vortex_tui.routing.rows import Rows
from vortex_tui.routing.source import Source, digest
from vortex_tui.routing.space import Space
from vortex_tui.routing.terms import VIEWS
from vortex_tui.routing.view import View

# Raise it whenever the same exemplars give another index.
VERSION = 1
FOLDER = "router"
_HEADER = "index.json"
_ROWS = ("starts", "columns", "counts")
_VIEW = ("units", "idf", "common", "centroids")
_SPACE = ("centre", "whitening", "rows", "centroids", "reliability")
_POSTINGS = ("starts", "owners", "weights")

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
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix="."))
    except OSError:
        return
    try:
        _write(found, digests, made)
        for old in _others(folder):
            shutil.rmtree(old, ignore_errors=True)
        made.replace(folder)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)


def _others(folder: Path) -> Iterator[Path]:
    """Indices of the same encoder with other experts: the name before the dash is the encoder's."""
    encoder = folder.name.partition("-")[0]
    return (other for other in folder.parent.glob(f"{encoder}-*") if other != folder)


def _write(found: Index, digests: Sequence[str], folder: Path) -> None:
    sums = {}
    for name, array in _arrays(found):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
        sums[name] = _sum(folder / f"{name}.npy")
    header = {"version": VERSION, "names": found.classes.names, "digests": list(digests), "sums": sums}
    body = json.dumps(header)
    document = {"sum": hashlib.sha256(body.encode()).hexdigest(), "body": body}
    (folder / _HEADER).write_text(json.dumps(document), encoding="utf-8")


def _arrays(found: Index) -> Iterator[tuple[str, Array]]:
    yield "sizes", found.classes.sizes
    for name, one in zip(VIEWS, found.views, strict=True):
        yield from ((f"{name}-{part}", getattr(one.rows, part)) for part in _ROWS)
        yield from ((f"{name}-{part}", getattr(one, part)) for part in _VIEW)
    if found.space is not None:
        yield from ((f"space-{part}", getattr(found.space, part)) for part in _SPACE)
    if found.postings is not None:
        yield from ((f"postings-{part}", getattr(found.postings, part)) for part in _POSTINGS)


def load(folder: Path) -> tuple[Index, tuple[str, ...]] | None:
    """The index in ``folder`` with the digests of its sources; nothing when it is absent or damaged."""
    try:
        document = json.loads((folder / _HEADER).read_text(encoding="utf-8"))
        if hashlib.sha256(document["body"].encode()).hexdigest() != document["sum"]:
            return None
        header = json.loads(document["body"])
        if header["version"] != VERSION:
            return None
        arrays = {name: _checked(folder / f"{name}.npy", whole) for name, whole in header["sums"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return _index(tuple(header["names"]), arrays), tuple(header["digests"])


def _sum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _checked(file: Path, whole: str) -> Array:
    if _sum(file) != whole:
        raise ValueError(f"{file.name} is damaged")
    array: Array = np.load(file, mmap_mode="r", allow_pickle=False)
    return array


def _index(names: tuple[str, ...], arrays: dict[str, Array]) -> Index:
    def some(prefix: str, parts: Sequence[str]) -> dict[str, Array]:
        return {part: arrays[f"{prefix}-{part}"] for part in parts}

    views = tuple(View(Rows(**some(name, _ROWS)), **some(name, _VIEW)) for name in VIEWS)
    dense = Space(**some("space", _SPACE)) if "space-rows" in arrays else None
    found = Postings(**some("postings", _POSTINGS)) if "postings-starts" in arrays else None
    return Index(Classes(names, arrays["sizes"]), views, dense, found)


def known(folder: Path) -> Known:
    """Term rows of the experts in an earlier index, by the digest of their source."""
    for earlier in sorted(folder.glob("*-*")):
        found = load(earlier)
        if found is not None:
            made, digests = found
            spans = zip(digests, made.classes.spans, strict=True)
            return {one: tuple(seen.rows.take([span]) for seen in made.views) for one, span in spans}
    return {}
