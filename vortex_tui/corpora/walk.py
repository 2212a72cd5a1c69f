"""The files of what was given, in an order that is the same everywhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vortex_tui.corpora import kinds
from vortex_tui.corpora.left_out import LeftOut, Reason
from vortex_tui.errors import UsageError
from vortex_tui.escape import one_line

MAX_BYTES = 64 * 1024 * 1024
# One is read line by line, but its examples are held in memory together.
MAX_PAIRS_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Given:
    """A file to read: ``source`` is its name relative to what was given, ``root`` the folder given."""

    path: Path
    source: str
    root: Path


def checked(given: Iterable[str]) -> list[Path]:
    """The paths of what was typed. Raises UsageError for an address, and for what is not there."""
    return [_checked(text) for text in given]


def _checked(text: str) -> Path:
    if "://" in text:
        raise UsageError(
            "addresses are not fetched",
            found=one_line(text)[:200],
            expected="a file or a folder on this machine",
            mend="save the page, and name its file",
        )
    try:
        path = Path(text).expanduser()
        path.stat()
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"{one_line(text)[:200]} cannot be read",
            found=(error.strerror if isinstance(error, OSError) else None) or str(error),
            expected="a file or a folder that is there",
        ) from error
    return path


def files(given: Iterable[Path]) -> Iterator[Given | LeftOut]:
    """Every file of the files and folders given, in sorted order; what is left out says why."""
    for path in given:
        whole = path.resolve()
        if whole.is_dir():
            yield from _folder(path, _name(whole.name), whole)
        else:
            # A person who names a link means what it leads to.
            yield _one(path, _name(path.name), whole.parent)


def _name(name: str) -> str:
    # A name on disk may hold bytes that are no text; JSON and terminals could not take them.
    return one_line(name) or "root"


def _folder(folder: Path, source: str, root: Path) -> Iterator[Given | LeftOut]:
    try:
        # By the name's text and not by the system's order, which differs between machines.
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        yield _left(source, "unreadable", error.strerror or str(error))
        return
    for entry in entries:
        name = f"{source}/{_name(entry.name)}"
        if entry.name.startswith("."):
            yield _left(name, "hidden", "its name begins with a dot")
        elif _leads_elsewhere(entry):
            yield _link(entry, name, root)
        elif entry.is_dir():
            yield from _folder(entry, name, root)
        else:
            yield _one(entry, name, root)


def _leads_elsewhere(entry: Path) -> bool:
    """True for links, and for Windows' junctions, which are none and lead away all the same."""
    return entry.is_symlink() or (os.name == "nt" and entry.is_dir() and _junction(entry))


def _junction(entry: Path) -> bool:
    return os.path.normcase(entry.resolve()) != os.path.normcase(entry.parent.resolve() / entry.name)


def _link(entry: Path, name: str, root: Path) -> LeftOut:
    try:
        inside = entry.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return _left(name, "link", "a link that leads nowhere")
    if inside:
        return _left(name, "link", "a link; what it leads to is read where it lies")
    return _left(name, "link", "a link that leaves the folder")


def _one(path: Path, source: str, root: Path) -> Given | LeftOut:
    try:
        found = path.stat()
    except OSError as error:
        return _left(source, "unreadable", error.strerror or str(error))
    # Opening a pipe would wait for somebody to write into it.
    if not stat.S_ISREG(found.st_mode):
        return _left(source, "not a file", "not an ordinary file")
    if kinds.is_licence(path.name):
        return _left(source, "licence", "the terms of what is beside it")
    if not kinds.is_known(path.name):
        return _left(source, "unknown kind", _unknown(path))
    limit = MAX_PAIRS_BYTES if kinds.suffix_of(path.name) in kinds.PAIRS else MAX_BYTES
    if found.st_size > limit:
        return _left(source, "too large", f"{found.st_size:,} bytes, more than {limit:,}")
    if not found.st_size:
        return _left(source, "nothing in it", "an empty file")
    return Given(path, source, root)


def _unknown(path: Path) -> str:
    ending = one_line(path.suffix)[:20]
    return f"files {ending} are not read" if ending else "a name without an ending says no kind"


def _left(source: str, reason: Reason, why: str) -> LeftOut:
    return LeftOut(source, reason, why, whole=True)
