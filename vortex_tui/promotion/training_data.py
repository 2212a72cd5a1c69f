"""What a candidate was trained on: the files whose hashes its manifest names.

``manifest.training`` names them by SHA-256 under keys that speak of data (``data``, ``data_hashes``, …), as
deep as they are. A hash under a name with ``calibration`` or ``validation`` in it is of prompts that
training looked at to know when to stop, and not of what it learned.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vortex_tui.evaluation.splits import CORPORA
from vortex_tui.experts.manifest import ExpertManifest

_HASH = re.compile(r"[0-9a-f]{64}")
_LOOKED_AT = ("calibration", "validation")


@dataclass(frozen=True, slots=True)
class Found:
    """The files that were trained on, and the hashes of those that are not here."""

    files: tuple[Path, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One example of the training data: its prompt and its answer."""

    prompt: str
    answer: str


def hashes(manifest: ExpertManifest) -> list[str]:
    """The SHA-256s of what was trained on; none where the manifest does not say."""
    named = ((key, value) for key, value in manifest.training.items() if "data" in key)
    return sorted({found for key, value in named for found in _hashes(key, value)})


def _hashes(name: str, value: Any) -> Iterator[str]:
    if any(word in name for word in _LOOKED_AT):
        return
    if isinstance(value, dict):
        for key, each in value.items():
            # A hash may name its file, or be named by it.
            yield from _hashes(str(key), str(key)) if _HASH.fullmatch(str(key)) else ()
            yield from _hashes(str(key), each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _hashes(name, each)
    elif isinstance(value, str) and _HASH.fullmatch(value):
        yield value


def find(manifest: ExpertManifest, data_dir: Path, elsewhere: Sequence[Path] = ()) -> Found:
    """The files that have those hashes or begin with what has, in the corpora and in ``elsewhere``."""
    wanted = hashes(manifest)
    own = data_dir / CORPORA
    first = own / manifest.domain / "train.jsonl"
    by_hash: dict[str, Path] = {}
    for file in _candidates(first, [own, *elsewhere]):
        if by_hash.keys() >= set(wanted):
            break
        for found in _begins_with(file, set(wanted) - by_hash.keys()):
            by_hash[found] = file
    files = tuple(by_hash[one] for one in wanted if one in by_hash)
    return Found(files, tuple(one for one in wanted if one not in by_hash))


def _candidates(first: Path, folders: Iterable[Path]) -> Iterator[Path]:
    if first.is_file():
        yield first
    for folder in folders:
        yield from sorted(file for file in folder.rglob("*.jsonl") if file.is_file() and file != first)


def _begins_with(file: Path, wanted: set[str]) -> set[str]:
    """Which of these hashes a file has, as a whole or up to the end of a line.

    A corpus only grows: what was trained on is its beginning, whatever was ingested since.
    """
    digest = hashlib.sha256()
    found: set[str] = set()
    try:
        with file.open("rb") as stream:
            for line in stream:
                text = line.removesuffix(b"\n")
                for piece in (text, line[len(text) :]):
                    digest.update(piece)
                    found.add(digest.hexdigest())
                found &= wanted
    except OSError:
        return set()  # it proves nothing
    return {*found, digest.hexdigest()} & wanted


def examples(file: Path) -> Iterator[Example]:
    """Every example of a file. Raises OSError, or ValueError for a line that cannot be read."""
    for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
        if line.strip():
            found = json.loads(line)
            if not isinstance(found, dict):
                raise ValueError(f"line {number} is not an object")
            yield from _examples(found)


def _examples(line: dict[str, Any]) -> Iterator[Example]:
    """Prompt and response, and the turns of a chat; a text alone is an answer to nothing."""
    if isinstance(turns := line.get("messages"), list):
        yield from _turns(turns)
    if "prompt" in line or "response" in line:
        yield Example(str(line.get("prompt", "")), str(line.get("response", "")))
    elif "text" in line:
        yield Example("", str(line["text"]))


def _turns(turns: Sequence[Any]) -> Iterator[Example]:
    """What the user said in each turn; what is answered is not looked at."""
    for turn in turns:
        if isinstance(turn, dict) and turn.get("role") == "user":
            yield Example(str(turn.get("content", "")), "")
