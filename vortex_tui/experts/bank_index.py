"""What the manifests of a bank said when they were last read, so that a start reads only what changed.

One file a root folder, ``<data>/cache/bank/<hash of the root's path>.jsonl``: a header, a row an expert,
and last the SHA-256 of all that stands before it. It is read whole and replaced whole, like every other
file here. SQLite was considered: it would save the writing of some 5 MB when one of 10,000 experts changes,
and would bring locks between the processes that share a data folder, a journal beside the file, and many
ways to be half damaged. Exemplars are not in it: a manifest that is asked for them is one small file.

**What is noticed.** A row counts while its manifest has the size, the times of change and of status change
(``st_ctime``) and the inode that it was read with; else the manifest's bytes are hashed, and parsed when the
hash differs too. An edit that keeps the size and sets the time of change back is noticed on POSIX, where
nobody can set ``st_ctime``. On Windows, whose ``st_ctime`` is the time of creation, it is not noticed here.
A manifest younger than two seconds when it is read is read again next time: it could change once more
within one tick.

**What cannot go wrong by it.** The checksum tells damage, not intent. So no expert is made resident by a
row: its manifest is read again then (``ExpertCard.reread``) and must name the same adapter and base, and
the adapter's bytes must have its hash. ``experts verify`` reads every manifest and renews the index.
The engine makes an index when it loads; a face only renews one.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vortex_tui import __version__, atomic
from vortex_tui.errors import StorageError
from vortex_tui.experts import card, manifest
from vortex_tui.experts.card import ExpertCard

SCHEMA = 1
# FAT tells times of change to two seconds; other systems are finer.
_TICK_NS = 2_000_000_000


class _Row(NamedTuple):
    """One expert. ``name`` is its folder below the root, with a slash; times are in nanoseconds."""

    name: str
    size: int
    modified: int
    status_changed: int
    inode: int
    digest: str
    domain: str
    run_id: str
    title: str
    content_hash: str
    base_fingerprint: str
    rank: int
    alpha: float
    target_modules: list[str]
    exemplar_count: int


_TYPES = (str, int, int, int, int, str, str, str, str, str, str, int, float, list, int)
_Stamp = tuple[int, int, int, int]
_YOUNG: _Stamp = (0, 0, 0, 0)


def folder_of(data_dir: Path) -> Path:
    """Where a data folder keeps its indexes."""
    return data_dir / "cache" / "bank"


def file_of(root: Path, cache: Path) -> Path:
    """The index of the experts below ``root``."""
    name = hashlib.sha256(os.fsencode(root.absolute())).hexdigest()[:32]
    return cache / f"{name}.jsonl"


class BankIndex:
    """The index of one root. Without a ``cache`` folder, every manifest is read and nothing is kept.

    ``believed``: False reads every manifest all the same, and renews the file. ``create``: False renews a
    file that is there and makes none: what only looks at a bank leaves nothing behind.
    """

    def __init__(self, root: Path, cache: Path | None, *, believed: bool = True, create: bool = True) -> None:
        self._file = file_of(root, cache) if cache else None
        if self._file and not (create or self._file.is_file()):
            self._file = None
        self._head = _head(root)
        self._known = _rows(self._file, self._head) if self._file and believed else {}
        self._rows: list[_Row] = []
        self._changed = not believed

    def card(self, folder: Path) -> ExpertCard:
        """The card of the expert in ``folder``, two levels below the root. Raises ExpertError."""
        name = f"{folder.parent.name}/{folder.name}"
        row, stamp = self._known.pop(name, None), _stamp(folder)
        if row is None or stamp == _YOUNG or row[1:5] != stamp:
            self._changed = True
            row, made = _renewed(row, name, stamp, folder)
        else:
            made = _card(row, folder)
        self._rows.append(row)
        return made

    def save(self) -> None:
        """Write the index when something differs; a disk that is full or read-only costs time, no more."""
        if self._file is None or not (self._changed or self._known):
            return
        body = "\n".join([self._head, *map(json.dumps, self._rows), ""]).encode("ascii")
        try:
            atomic.write_bytes(self._file, body + hashlib.sha256(body).hexdigest().encode("ascii"))
        except StorageError:
            return


def _head(root: Path) -> str:
    told = {"vortex_tui_bank_index": SCHEMA, "version": __version__, "root": str(root.absolute())}
    return json.dumps(told)


def _stamp(folder: Path) -> _Stamp:
    """Size, times and inode of a manifest; zeros for one that is not there or too young to be believed."""
    now = time.time_ns()
    try:
        found = os.stat(f"{folder}{os.sep}{manifest.MANIFEST}")  # noqa: PTH116  10,000 of them: no Path each
    except OSError:
        return _YOUNG
    if now - max(found.st_mtime_ns, found.st_ctime_ns) <= _TICK_NS:
        return _YOUNG
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _renewed(row: _Row | None, name: str, stamp: _Stamp, folder: Path) -> tuple[_Row, ExpertCard]:
    """Row and card from the manifest's own bytes; parsed only when they are not those of ``row``."""
    file = folder / manifest.MANIFEST
    raw = manifest.read_bytes(file)
    digest = hashlib.sha256(raw).hexdigest()
    if row is not None and row.digest == digest:
        made = _card(row, folder)
    else:
        made = card.of(manifest.parse(raw, file), folder, digest)
    return _row(name, stamp, made), made


def _row(name: str, stamp: _Stamp, made: ExpertCard) -> _Row:
    return _Row(
        name,
        *stamp,
        made.digest,
        made.domain,
        made.run_id,
        made.title,
        made.content_hash,
        made.base_fingerprint,
        made.rank,
        made.alpha,
        list(made.target_modules),
        made.exemplar_count,
    )


def _card(row: _Row, folder: Path) -> ExpertCard:
    targets = tuple(map(sys.intern, row.target_modules))
    base = sys.intern(row.base_fingerprint)
    return ExpertCard(folder, *row[5:10], base, row.rank, row.alpha, targets, row.exemplar_count)


def _rows(file: Path, head: str) -> dict[str, _Row]:
    """The rows of an index; none when it is missing, damaged, of another root or another version."""
    try:
        raw = file.read_bytes()
    except OSError:
        return {}
    body, _, told = raw.rpartition(b"\n")
    body += b"\n"
    if hashlib.sha256(body).hexdigest().encode("ascii") != told or not body.startswith(f"{head}\n".encode()):
        return {}
    try:
        return {row.name: row for row in _parsed(body)}
    except (ValueError, TypeError, RecursionError):
        return {}


def _parsed(body: bytes) -> Iterator[_Row]:
    """Each row after the header. Raises ValueError or TypeError for what no index of ours holds."""
    for line in body.splitlines()[1:]:
        values = json.loads(line)
        row = _Row(*values)
        if not all(map(isinstance, row, _TYPES)) or not all(isinstance(t, str) for t in row.target_modules):
            raise ValueError("not a row of this index")
        yield row
