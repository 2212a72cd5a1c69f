"""The record of self-training: ``logs/self_train.jsonl``, a line an event of a round, only added to.

A round that was begun and did not end is gone on with, from the stage its last line tells.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from vortex_tui import paths
from vortex_tui.corpora import store
from vortex_tui.learning.refusal import LearningError
from vortex_tui.promotion import durable

# "stopped": it goes on at the next look. "failed": it is over, and its examples are new again.
Event = Literal["begun", "merged", "trained", "judged", "stopped", "failed"]


class Line(BaseModel):
    """What happened in a round, and what is to be known of it."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_version: Literal[1] = Field(1, alias="schema")
    time: str
    round: str
    domain: str
    event: Event
    told: dict[str, JsonValue] = {}


class Round:
    """One domain's round: its lines so far."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = list(lines)

    @property
    def id(self) -> str:
        """Its name: when it began, and a random end."""
        return self.lines[0].round

    @property
    def domain(self) -> str:
        """What it trains."""
        return self.lines[0].domain

    @property
    def last(self) -> Line:
        """What happened last."""
        return self.lines[-1]

    @property
    def is_over(self) -> bool:
        """True when nothing more is to be done."""
        return self.last.event in ("judged", "failed")

    @property
    def marks(self) -> frozenset[str]:
        """The ids of the marks it learns from."""
        return frozenset(map(str, self._list("begun", "marks")))

    def told(self, event: Event) -> dict[str, Any] | None:
        """What the last line of that event says; None when it did not happen."""
        return next((line.told for line in reversed(self.lines) if line.event == event), None)

    def _list(self, event: Event, key: str) -> list[Any]:
        found = (self.told(event) or {}).get(key)
        return found if isinstance(found, list) else []

    def document(self) -> dict[str, Any]:
        """The round as plain values: what was new, what was trained, the verdict."""
        events: dict[str, Any] = {line.event: line.told for line in self.lines}
        begun = {"new": len(self.marks), "began": self.lines[0].time}
        rest = {name: told for name, told in events.items() if name != "begun"}
        return {"round": self.id, "domain": self.domain, "state": self.last.event, **begun, **rest}


def file_of(data_dir: Path) -> Path:
    """Where a data folder keeps it."""
    return data_dir / "logs" / "self_train.jsonl"


def rounds(data_dir: Path) -> list[Round]:
    """Every round, the oldest first. Half a line, which a kill leaves, tells nothing. Raises StorageError."""
    found: dict[str, list[Line]] = {}
    for raw in store.read_bytes(file_of(data_dir)).split(b"\n"):
        try:
            line = Line.model_validate_json(raw)
        except ValidationError:
            continue
        found.setdefault(line.round, []).append(line)
    return [Round(lines) for lines in found.values()]


def begin(data_dir: Path, domain: str, **told: JsonValue) -> Round:
    """A new round. Raises StorageError."""
    now = datetime.datetime.now(datetime.UTC)
    made = Line(
        time=now.isoformat(timespec="seconds"),
        round=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}",
        domain=domain,
        event="begun",
        told=told,
    )
    _append(data_dir, made)
    return Round([made])


def add(data_dir: Path, to: Round, event: Event, **told: JsonValue) -> None:
    """Put what happened on the disk, and then into ``to``. Raises StorageError."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    made = Line(time=now, round=to.id, domain=to.domain, event=event, told=told)
    _append(data_dir, made)
    to.lines.append(made)


def _append(data_dir: Path, line: Line) -> None:
    file = file_of(data_dir)
    torn = file.exists() and not store.read_bytes(file).endswith(b"\n")
    durable.append(file, b"\n" * torn + line.model_dump_json(by_alias=True).encode("utf-8") + b"\n")


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Be the only self-training of a data folder. Raises LearningError where another is at work."""
    lock = FileLock(file_of(data_dir).with_suffix(".lock"))
    try:
        file_of(data_dir).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LearningError(
            "self-training is under way in another process",
            found="its lock on the data folder is held",
            expected="one at a time",
            mend="wait until it is done",
        ) from error
    except OSError as error:
        raise paths.unusable(file_of(data_dir).parent, error) from error
    try:
        yield
    finally:
        lock.release()
