"""A domain's files, changed all together or not at all.

New files are written into ``.next``; renaming it to ``.commit`` is the moment from which they count;
then each is moved to its place. Who is killed before that moment leaves the old corpus, who is killed
after it leaves the new one: the rest is done by whoever opens the domain next.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vortex_tui import atomic, paths
from vortex_tui.corpora.example import digest
from vortex_tui.corpora.merging import Old
from vortex_tui.corpora.refusal import CorpusError, check_domain
from vortex_tui.corpora.splitting import SPLITS
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line
from vortex_tui.evaluation.case import Split
from vortex_tui.evaluation.splits import CORPORA

HISTORY = "history.jsonl"
_LOCK, _NEXT, _COMMIT = ".lock", ".next", ".commit"
# A merge of ten thousand examples takes some seconds; who waits this long waits for something stuck.
_PATIENCE_SECONDS = 600.0


def folder_of(data_dir: Path, domain: str) -> Path:
    """Where a domain's corpus is. Raises UsageError for what is no domain's name."""
    return data_dir / CORPORA / check_domain(domain)


@contextlib.contextmanager
def locked(folder: Path, patience: float = _PATIENCE_SECONDS) -> Iterator[None]:
    """Have a domain alone, with what another left half done finished. Raises CorpusError, StorageError."""
    lock = FileLock(folder / _LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise CorpusError(
            f"the corpus {one_line(folder.name)} is in use",
            found="another process that changes it",
            expected="one at a time",
            mend="wait until it is done, and try again",
        ) from error
    except OSError as error:
        raise paths.unusable(folder, error) from error
    try:
        _finish(folder)
        yield
    finally:
        lock.release()


def settle(folder: Path) -> None:
    """Finish what a killed process had committed; nothing where there is nothing to finish."""
    if (folder / _COMMIT).is_dir():
        with locked(folder):
            pass


def replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace files of a locked domain, all or none. Raises StorageError; then nothing was changed."""
    next_ = folder / _NEXT
    try:
        for name, content in files.items():
            atomic.write_bytes(next_ / name, content)
        atomic.sync_folder(next_)
        next_.rename(folder / _COMMIT)
    except OSError as error:
        raise paths.unusable(folder, error) from error
    finally:
        shutil.rmtree(next_, ignore_errors=True)
    _finish(folder)


def _finish(folder: Path) -> None:
    """Move what counts already to its place; throw away what never came to count."""
    commit = folder / _COMMIT
    try:
        if (folder / _NEXT).exists():
            shutil.rmtree(folder / _NEXT)
        if commit.is_dir():
            atomic.sync_folder(folder)
            for file in sorted(commit.iterdir()):
                file.replace(folder / file.name)
            commit.rmdir()
            atomic.sync_folder(folder)
    except OSError as error:
        raise paths.unusable(folder, error) from error


def read_bytes(file: Path) -> bytes:
    """A file's bytes; none where there is no file. Raises StorageError."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StorageError(
            f"could not read {one_line(str(file))}",
            found=error.strerror or str(error),
            expected="a file of a corpus",
        ) from error


def rows(file: Path) -> list[dict[str, Any]]:
    """The lines of one file as objects. Raises CorpusError with the line's number, StorageError."""
    found = []
    for number, line in enumerate(read_bytes(file).split(b"\n"), 1):
        if line.strip():
            found.append(_row(file, number, line))
    return found


def _row(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _bad(file, number, str(error)) from error
    if not isinstance(row, dict):
        raise _bad(file, number, "no JSON object")
    return row


def old(folder: Path) -> list[Old]:
    """Every example that a domain has, in the order of its files. Raises CorpusError, StorageError."""
    return [
        _old(folder / f"{split}.jsonl", number, row, split)
        for split in SPLITS
        for number, row in enumerate(rows(folder / f"{split}.jsonl"), 1)
    ]


def _old(file: Path, number: int, row: Mapping[str, Any], split: Split) -> Old:
    prompt, response, cluster = row.get("prompt"), row.get("response"), row.get("cluster")
    if not isinstance(prompt, str) or not isinstance(response, str):
        raise _bad(file, number, "no texts prompt and response")
    try:
        name = digest(prompt, response)
    except UnicodeEncodeError as error:
        raise _bad(file, number, "half a character (a lone surrogate)") from error
    # A line that was written by hand has no cluster: it is one of its own.
    return Old(prompt, response, split, cluster if isinstance(cluster, str) and cluster else name, name)


def _bad(file: Path, number: int, found: str) -> CorpusError:
    return CorpusError(
        f"line {number} of {one_line(str(file))} is no example",
        found=one_line(found)[:200],
        expected='an object such as {"prompt": "…", "response": "…"}',
        mend="mend or remove the line; nothing was changed",
    )


def extended(file: Path, lines: list[bytes]) -> bytes:
    """A file's content with ``lines`` after it; what is there stays as it is, to the byte."""
    there = read_bytes(file)
    if there and not there.endswith(b"\n"):
        there += b"\n"
    return there + b"".join(lines)
