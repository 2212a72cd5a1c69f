"""Earlier benches to be held against: ``bench/baseline.json``, one entry for what may be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from filelock import FileLock, Timeout
from pydantic import Field, FiniteFloat, ValidationError

from vortex_tui import atomic
from vortex_tui.bench.parts import Part
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

_PATIENCE_S = 30.0
# A key's parts as a person is told that one differs, the gravest first.
_DIFFERENCES = {
    "host": "it was measured on another machine",
    "mock": "it was measured with --mock, or this was",
    "model": "it is of other weights",
    "backend": "it is of another backend",
    "quantization": "it is of another quantisation",
    "device": "it is of another device",
    "max_new_tokens": "it was measured with another --max-new-tokens",
    "prompt_tokens": "its prompts had another length",
    "headline": "it is of another kind of answer",
    "suite": "it was measured by another version of the bench",
}


Rate = Annotated[FiniteFloat, Field(gt=0)]


class Key(Part):
    """What two benches must have in common to be compared. ``model`` and ``host`` are fingerprints."""

    profile: str
    mock: bool
    host: str
    model: str
    backend: str
    quantization: str
    device: str
    headline: str
    prompt_tokens: int = Field(description="asked for; the real prompt ends at a whole line")
    max_new_tokens: int
    suite: int = Field(description="changes when the same bench would measure something else")


class Entry(Part):
    """One baseline: the headline case's tokens/s, in run order, and what made them."""

    key: Key
    created: str
    tokens_per_sec: tuple[Rate, ...] = Field(min_length=1)
    profile_hash: str
    versions: dict[str, str]


class Baselines(Part):
    """The whole file."""

    schema_version: Literal[1] = Field(1, alias="schema")
    entries: tuple[Entry, ...] = ()

    def find(self, key: Key) -> Entry | None:
        """The baseline that ``key`` may be compared with."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def absence(self, key: Key) -> str:
        """Why there is none, in words."""
        near = [entry.key for entry in self.entries if entry.key.profile == key.profile]
        told = min((_differences(key, other) for other in near), key=len, default=[])
        reason = f"; there is one, but {' and '.join(told)}" if told else ""
        return f"no baseline for this machine{reason}"

    def with_entry(self, entry: Entry) -> Baselines:
        """These with ``entry`` in place of the one of its key."""
        others = tuple(one for one in self.entries if one.key != entry.key)
        return self.model_copy(update={"entries": (*others, entry)})


def _differences(one: Key, other: Key) -> list[str]:
    return [words for name, words in _DIFFERENCES.items() if getattr(one, name) != getattr(other, name)]


def path_in(data_dir: Path) -> Path:
    """Where a data folder keeps its baselines."""
    return data_dir / "bench" / "baseline.json"


def read(file: Path) -> Baselines:
    """The baselines in ``file``; none when there is no such file. Raises StorageError for a damaged one."""
    try:
        return Baselines.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return Baselines()
    except OSError as error:
        raise _refusal(file, error.strerror or str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _refusal(file, f"{place}: {first['msg']}" if place else first["msg"]) from error


def update(file: Path, entry: Entry) -> None:
    """Put ``entry`` into ``file``; other entries stay, also those that another process adds meanwhile.

    Raises StorageError; then ``file`` is as it was. A damaged file is refused, never replaced.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock"), timeout=_PATIENCE_S):
            atomic.write_json(file, _document(read(file).with_entry(entry)))
    except Timeout as error:
        raise StorageError(
            f"could not write {one_line(str(file))}",
            found=f"another process has held its lock for {_PATIENCE_S:.0f} s",
            expected="a moment without another bench",
            mend="wait for the other bench and try again",
        ) from error
    except OSError as error:
        raise StorageError(
            f"could not write {one_line(str(file))}",
            found=error.strerror or str(error),
            expected="a writable data folder",
            mend="choose another with --data-dir",
        ) from error


def _document(baselines: Baselines) -> dict[str, Any]:
    return baselines.model_dump(mode="json", by_alias=True)


def _refusal(file: Path, found: str) -> StorageError:
    return StorageError(
        f"the baseline {one_line(str(file))} cannot be read",
        found=one_line(found)[:200],
        expected="baselines as vortex-tui bench --update-baseline writes them",
        mend="move the file away, then make a new one with vortex-tui bench --update-baseline",
    )
