"""Vectors of the bank's own prompts, kept on the disk: encoded once, not at every start."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vortex_tui import atomic, cache_folder
from vortex_tui.errors import StorageError

Matrix = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Matrix]

log = logging.getLogger(__name__)

FOLDER = "vectors"


def file_of(data_dir: Path, *encoder: str) -> Path:
    """Where the vectors of one encoder are; whatever changes them is part of its name."""
    return cache_folder.of(data_dir) / FOLDER / name_of(digest_of(*encoder))


def digest_of(*encoder: str) -> str:
    """What an encoder is known by: SHA-256 (hex) of its identity."""
    return hashlib.sha256("\0".join(encoder).encode()).hexdigest()


def name_of(digest: str) -> str:
    """The name of the file with an encoder's vectors."""
    return f"{digest[:32]}.npz"


def kept(file: Path, encode: Encode, shipped: Sequence[Path] = ()) -> Encode:
    """``encode`` with a memory in ``file``: only texts it has never seen are encoded.

    ``shipped`` are folders that may hold such a file too, which are only read.
    """

    def encoded(texts: Sequence[str]) -> Matrix:
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        given = {key: row for folder in shipped for key, row in _read(folder / file.name).items()}
        if given.keys() >= set(keys):
            return np.stack([given[key] for key in keys])
        known = given | _read(file)
        absent = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if absent:
            known |= dict(zip(absent, encode(list(absent.values())), strict=True))
        if absent or known.keys() - set(keys):  # what an expert that is gone leaves behind goes too
            _write(file, {key: known[key] for key in dict.fromkeys(keys)})
        return np.stack([known[key] for key in keys])

    return encoded


def _read(file: Path) -> dict[str, Matrix]:
    """What is known; nothing when the file is missing or damaged: it can be made again."""
    try:
        with np.load(file, allow_pickle=False) as found:
            keys, rows = found["keys"], found["rows"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    sound = keys.ndim == 1 and rows.ndim == 2 and len(keys) == len(rows) and np.isfinite(rows).all()
    return dict(zip(keys.astype(str).tolist(), rows.astype(np.float32), strict=True)) if sound else {}


def _write(file: Path, vectors: dict[str, Matrix]) -> None:
    stream = io.BytesIO()
    # Of unit length: 16 bits tell them apart as well as 32.
    np.savez(
        stream,
        keys=np.array(list(vectors), dtype=np.bytes_),
        rows=np.stack(list(vectors.values())).astype(np.float16),
    )
    content = stream.getvalue()
    try:
        cache_folder.check(file, len(content))
        atomic.write_bytes(file, content)
    except StorageError as error:
        # A full or read-only folder costs time at the next start, nothing else.
        log.warning("vectors are not kept: %s", error)
