"""A domain's corpus: ``train.jsonl`` and, to know when to stop, ``calibration.jsonl``.

A JSON object a line with ``prompt`` and ``response``; ``messages`` are the turns before the response
of a conversation. Other keys are ignored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from vortex_tui.corpora.refusal import CorpusError
from vortex_tui.engine.protocol import ChatMessage, Conversation
from vortex_tui.escape import one_line

FOLDER = "corpora"
TRAIN, CALIBRATION, ROUTER = "train.jsonl", "calibration.jsonl", "router.jsonl"
# Fewer teach nothing that a mistake in one of them would not outweigh.
LEAST = 8
# Where no calibration split is there, one in so many is held back, and no more than MOST_HELD.
_HELD, _MOST_HELD = 16, 128
_LONGEST_CALIBRATION = 512


@dataclass(frozen=True, slots=True)
class Example:
    """What was said, up to the answer that is to be learned; ``prompt`` is the same in one text."""

    prompt: str
    conversation: Conversation
    response: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """A domain's examples, no prompt with its response twice; ``digests`` are SHA-256 (hex) by file name."""

    domain: str
    train: tuple[Example, ...]
    calibration: tuple[Example, ...]
    router_prompts: tuple[str, ...]
    digests: dict[str, str]
    repeated: int
    is_held_back: bool


class _Turn(BaseModel):
    role: str = Field(pattern="^(system|user|assistant)$")
    content: str


class _Line(BaseModel):
    prompt: str = Field(pattern=r"\S")
    response: str = Field(pattern=r"\S")
    messages: tuple[_Turn, ...] = ()


def folder_of(data: Path, domain: str) -> Path:
    """The corpus of a domain; ``data`` is a data folder, or the folder of corpora itself."""
    within = data / FOLDER / domain
    return within if within.is_dir() or not (data / domain).is_dir() else data / domain


def read(folder: Path) -> Corpus:
    """Read a domain's corpus. Raises CorpusError for a file, a line or a number that is not usable."""
    digests: dict[str, str] = {}
    train, repeated = _unique(_examples(folder / TRAIN, digests))
    if len(train) < LEAST:
        raise _too_few(folder / TRAIN, len(train))
    given = (folder / CALIBRATION).is_file()
    calibration = _unique(_examples(folder / CALIBRATION, digests))[0] if given else []
    if not calibration:
        train, calibration = _held_back(train)
    router = (folder / ROUTER).is_file()
    prompts = tuple(each.prompt for each in _examples(folder / ROUTER, digests)) if router else ()
    return Corpus(
        domain=folder.name,
        train=tuple(train),
        calibration=tuple(calibration[:_LONGEST_CALIBRATION]),
        router_prompts=prompts,
        digests=digests,
        repeated=repeated,
        is_held_back=not given,
    )


def _held_back(train: list[Example]) -> tuple[list[Example], list[Example]]:
    """Divide by a hash of the prompt, so that the same prompts are held back however the file is sorted."""
    order = sorted(train, key=lambda each: hashlib.sha256(each.prompt.encode()).digest())
    held = order[: min(_MOST_HELD, max(1, len(train) // _HELD))]
    kept = {each.prompt for each in held}
    return [each for each in train if each.prompt not in kept], held


def _unique(examples: Iterator[Example]) -> tuple[list[Example], int]:
    every = list(examples)
    found = {(each.conversation, each.response): each for each in reversed(every)}
    return list(reversed(found.values())), len(every) - len(found)


def _examples(file: Path, digests: dict[str, str]) -> Iterator[Example]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CorpusError(
            f"there is no corpus of the domain {one_line(file.parent.name)}",
            found=f"{one_line(str(file))}: {error.strerror or error}",
            expected='a file of lines such as {"prompt": "…", "response": "…"}',
            mend=f"vortex-tui ingest PATH --domain {one_line(file.parent.name)}",
        ) from error
    digests[file.name] = hashlib.sha256(raw).hexdigest()
    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.strip():
            yield _example(file, number, line)


def _example(file: Path, number: int, line: bytes) -> Example:
    try:
        read = _Line.model_validate(_json(line))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _bad(file, number, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise _bad(file, number, str(error)) from error
    turns = [ChatMessage.model_validate(turn.model_dump()) for turn in read.messages]
    if not turns or turns[-1].role != "user":
        turns.append(ChatMessage(role="user", content=read.prompt))
    return Example(read.prompt, tuple(turns), read.response)


def _json(line: bytes) -> Any:
    data = json.loads(line)
    # JSON can spell half a character, which no tokenizer takes.
    json.dumps(data, ensure_ascii=False).encode("utf-8")
    return data


def _bad(file: Path, number: int, found: str) -> CorpusError:
    return CorpusError(
        f"line {number} of {one_line(str(file))} is not an example",
        found=one_line(found)[:200],
        expected="a JSON object with the texts prompt and response, neither of them blank",
        mend="mend or remove the line",
    )


def _too_few(file: Path, count: int) -> CorpusError:
    return CorpusError(
        f"there is too little to learn from in {one_line(str(file))}",
        found=f"{count} different examples",
        expected=f"at least {LEAST}, better some hundreds",
        mend=f"add examples: vortex-tui ingest PATH --domain {one_line(file.parent.name)}",
    )
