"""Earlier benches, a line each in ``bench/history.jsonl``: what a new one can be seen beside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import Field, FiniteFloat, ValidationError

from vortex_tui import atomic
from vortex_tui.bench.baseline import Key, Rate
from vortex_tui.bench.parts import Part
from vortex_tui.bench.report import BenchReport
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

# The newest are kept: some years of a bench a day.
MOST_LINES = 1000
# A line has some 500 bytes; of a longer file the end is read.
_MOST_BYTES = 4 * 2**20
_PATIENCE_S = 30.0


class Pace(Part):
    """Tokens/s of the headline case: the median and its 95 % interval, null for a single run."""

    median: Rate
    low: FiniteFloat | None
    high: FiniteFloat | None


class Past(Part):
    """One bench in short. ``key`` names profile and ``--mock``; only those of one key can be compared."""

    schema_version: Literal[1] = Field(1, alias="schema")
    created: str
    key: Key
    tokens_per_sec: Pace

    @classmethod
    def of(cls, report: BenchReport, key: Key) -> Past:
        """What is kept of a report."""
        rates = report.spread["tokens_per_sec"]
        return cls(
            created=report.created,
            key=key,
            tokens_per_sec=Pace(median=rates.median, low=rates.low, high=rates.high),
        )


@dataclass(frozen=True, slots=True)
class History:
    """Every bench that can be read, the oldest first, and how many lines were passed over as ``damaged``."""

    benches: tuple[Past, ...] = ()
    damaged: int = 0

    def alike(self, key: Key) -> tuple[Past, ...]:
        """Those that may be compared with a bench of ``key``."""
        return tuple(past for past in self.benches if past.key == key)

    def key_of(self, report: BenchReport) -> Key | None:
        """The key under which ``report`` was kept; None where its line is gone."""
        same = (report.created, report.profile, report.mock)
        found = (past.key for past in reversed(self.benches) if _named(past) == same)
        return next(found, None)

    def words(self) -> str:
        """What is to be said of it; empty where every line was read."""
        lines = "1 damaged line" if self.damaged == 1 else f"{self.damaged} damaged lines"
        return f"{lines} of the history passed over" if self.damaged else ""


def _named(past: Past) -> tuple[str, str, bool]:
    return past.created, past.key.profile, past.key.mock


def path_in(data_dir: Path) -> Path:
    """Where a data folder keeps its history."""
    return data_dir / "bench" / "history.jsonl"


def read(file: Path) -> History:
    """The history in ``file``; empty when there is none. Raises StorageError for an unreadable one."""
    try:
        found = [_past(line) for line in _lines(file)]
    except OSError as error:
        raise StorageError(
            f"the history {one_line(str(file))} cannot be read",
            found=error.strerror or str(error),
            expected="a file of lines that benches wrote",
            mend="move it away; the next bench begins another",
        ) from error
    benches = tuple(past for past in found if past is not None)
    return History(benches, len(found) - len(benches))


def append(file: Path, past: Past) -> None:
    """Put one more bench at the end of ``file``; the oldest leave. Damaged lines stay until they are oldest.

    Raises StorageError; then ``file`` is as it was.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock"), timeout=_PATIENCE_S):
            kept = [*_lines(file), past.model_dump_json(by_alias=True).encode()]
            atomic.write_bytes(file, b"\n".join(kept[-MOST_LINES:]) + b"\n")
    except (OSError, Timeout) as error:
        held = f"another process has held its lock for {_PATIENCE_S:.0f} s"
        raise StorageError(
            f"could not write {one_line(str(file))}",
            found=held if isinstance(error, Timeout) else error.strerror or str(error),
            expected="a writable data folder, and no other bench that writes",
            mend="try again, or choose another with --data-dir",
        ) from error


def _lines(file: Path) -> list[bytes]:
    """The lines at the end of ``file``, whole ones that are not empty."""
    try:
        with file.open("rb") as opened:
            start = max(0, opened.seek(0, os.SEEK_END) - _MOST_BYTES)
            opened.seek(start)
            lines = opened.read().split(b"\n")
    except FileNotFoundError:
        return []
    # What was begun before the end that was read is no line.
    return [line for line in (lines[1:] if start else lines) if line.strip()]


def _past(line: bytes) -> Past | None:
    try:
        return Past.model_validate_json(line)
    except ValidationError:
        return None
