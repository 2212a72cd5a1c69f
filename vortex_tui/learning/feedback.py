"""What a person said of answers: ``corpora/<domain>/feedback/<source>.jsonl``, a line a mark, only added to.

A mark may be changed: of the lines about one answer the last counts.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vortex_tui import paths
from vortex_tui.corpora import store
from vortex_tui.corpora.example import is_whole
from vortex_tui.engine.protocol import ChatMessage, MixShare
from vortex_tui.escape import one_line
from vortex_tui.evaluation.splits import CORPORA
from vortex_tui.learning.refusal import LearningError
from vortex_tui.promotion import durable

Mark = Literal["good", "bad", "corrected", "withdrawn"]
FOLDER = "feedback"
CHAT = "chat"
# Where the base answered alone, no expert's domain is at fault or to be praised.
GENERAL = "general"
_PATIENCE_S = 10.0


class Share(BaseModel):
    """An expert's part in an answer."""

    model_config = ConfigDict(frozen=True)

    expert: str
    content_hash: str
    weight: float


class Feedback(BaseModel):
    """One mark. ``messages`` are the turns before the answer where the question was not the first."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_version: Literal[1] = Field(1, alias="schema")
    id: str = Field(default_factory=lambda: secrets.token_hex(8))
    answer: str
    time: str
    source: str = CHAT
    prompt: str
    response: str
    mark: Mark
    correction: str = ""
    messages: tuple[ChatMessage, ...] = ()
    mix: tuple[Share, ...] = ()

    @property
    def lesson(self) -> str:
        """What should have been said; "" where the mark does not tell. "Bad" alone teaches nothing."""
        return {"good": self.response, "corrected": self.correction}.get(self.mark, "")


def made(
    conversation: Sequence[ChatMessage],
    response: str,
    mark: Mark,
    *,
    answer: str,
    mix: Sequence[MixShare] = (),
    correction: str = "",
) -> Feedback:
    """A mark on the answer to ``conversation``, now."""
    return Feedback(
        answer=answer,
        time=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        prompt=conversation[-1].content,
        response=response,
        mark=mark,
        correction=correction,
        messages=tuple(conversation) if len(conversation) > 1 else (),
        mix=tuple(Share.model_validate(part.model_dump(include=set(Share.model_fields))) for part in mix),
    )


def domain_of(mix: Sequence[MixShare], domains: Mapping[str, str]) -> str:
    """The domain of the mix's leading expert, by the bank's ``domains``; ``general`` without one."""
    if not mix:
        return GENERAL
    leading = max(mix, key=lambda part: part.weight).expert
    return domains.get(leading) or leading.partition("/")[0]


def folder_of(data_dir: Path, domain: str) -> Path:
    """Where a domain's feedback is. Raises UsageError for what is no domain's name."""
    return store.folder_of(data_dir, domain) / FOLDER


def keep(said: Feedback, domain: str, data_dir: Path) -> Path:
    """Put a mark on the disk; returns its file. Raises LearningError, StorageError, UsageError."""
    if not is_whole(said.prompt + said.response + said.correction):
        raise LearningError(
            "this text cannot be kept",
            found="half a character (a lone surrogate)",
            expected="whole characters",
        )
    folder = folder_of(data_dir, domain)
    file = folder / f"{said.source}.jsonl"
    with _locked(folder):
        # A kill or a full disk may have left half a line: it must not become half of this one.
        torn = file.exists() and not store.read_bytes(file).endswith(b"\n")
        durable.append(file, b"\n" * torn + said.model_dump_json(by_alias=True).encode("utf-8") + b"\n")
    return file


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=_PATIENCE_S)
    except Timeout as error:
        raise LearningError(
            f"the feedback of {one_line(folder.parent.name)} is in use",
            found="another process that writes it",
            expected="one at a time",
            mend="try again",
        ) from error
    except OSError as error:
        raise paths.unusable(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def domains(data_dir: Path) -> list[str]:
    """The domains that have feedback, by name."""
    return sorted(
        folder.parent.name for folder in (data_dir / CORPORA).glob(f"*/{FOLDER}") if folder.is_dir()
    )


def read(data_dir: Path, domain: str) -> list[Feedback]:
    """Every mark of a domain that still counts, in the order they were made. Raises StorageError.

    A line that cannot be read, such as the half of one, marks nothing.
    """
    last: dict[str, Feedback] = {}
    for file in sorted(folder_of(data_dir, domain).glob("*.jsonl")):
        for line in store.read_bytes(file).split(b"\n"):
            if (found := _parsed(line)) is not None:
                last.pop(found.answer, None)
                last[found.answer] = found
    return list(last.values())


def _parsed(line: bytes) -> Feedback | None:
    try:
        return Feedback.model_validate_json(line)
    except ValidationError:
        return None
