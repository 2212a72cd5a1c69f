"""A bank's own splits: nano's evaluation set, and what a user keeps in ``corpora`` of the data folder.

A user's file is ``corpora/<domain>/<split>.jsonl``, a JSON object a line with ``prompt`` and
``response``; other keys are ignored. Blank lines, and a prompt that a domain has already, are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import BaseModel, Field, ValidationError

from vortex_tui import paths
from vortex_tui.engine import model_folder
from vortex_tui.errors import StorageError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.evaluation.case import Case, Split
from vortex_tui.profile import Profile

CORPORA = "corpora"
FOLDER = "evaluation"
T = TypeVar("T")


class SplitError(VortexError):
    """A split that is missing or cannot be read."""

    code: ClassVar[str] = "split"


class _Line(BaseModel):
    prompt: str = Field(min_length=1)
    response: str = Field(min_length=1)


def read(profile: Profile, data_dir: Path, split: Split | None = None) -> list[Case]:
    """Every case of a profile's bank; without a ``split``, test of nano's and gate of the user's.

    Raises what ``find`` raises, and SplitError when there is no case.
    """
    cases = find(profile, data_dir, split)
    if not cases:
        raise _nothing(data_dir, split or "gate")
    return cases


def find(profile: Profile, data_dir: Path, split: Split | None = None) -> list[Case]:
    """The same where there may be none, in the order of their ids.

    Raises SplitError for a line that cannot be read, StorageError for a file that cannot.
    """
    cases: list[Case] = []
    if profile.core.hf_model == model_folder.NANO:
        cases += _shipped(paths.nano() / FOLDER / f"{split or 'test'}.jsonl")
    for file in _own_files(data_dir / CORPORA, split or "gate"):
        cases += _own(file, split or "gate")
    return sorted({case.id: case for case in reversed(cases)}.values(), key=lambda case: case.id)


def unserved() -> list[Case]:
    """Prompts of the gate split that no expert of any bank should answer: nano's, for every base."""
    return [case for case in _shipped(paths.nano() / FOLDER / "gate.jsonl") if case.kind == "far"]


def _own_files(folder: Path, split: Split) -> list[Path]:
    return sorted(file for file in folder.glob(f"*/{split}.jsonl") if file.parent.name[0] != ".")


def _shipped(file: Path) -> Iterator[Case]:
    return _lines(file, Case.model_validate_json, "a case of nano's evaluation set: docs/evaluation-set.md")


def _own(file: Path, split: Split) -> Iterator[Case]:
    domain = file.parent.name
    for line in _lines(file, _Line.model_validate_json, "a JSON object with the texts prompt and response"):
        yield Case(split=split, kind="own", domains=(domain,), prompt=line.prompt, answer=line.response)


def _lines(file: Path, parse: Callable[[bytes], T], expected: str) -> Iterator[T]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise StorageError(
            f"could not read {one_line(str(file))}",
            found=error.strerror or str(error),
            expected="a split of the evaluation",
        ) from error
    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.strip():
            try:
                yield parse(line)
            except ValidationError as error:
                raise _bad(file, number, error, expected) from error


def _bad(file: Path, number: int, error: ValidationError, expected: str) -> SplitError:
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return SplitError(
        f"line {number} of {one_line(str(file))} is not a case",
        found=one_line(f"{where}: {first['msg']}" if where else first["msg"])[:200],
        expected=expected,
        mend="mend or remove the line",
    )


def _nothing(data_dir: Path, split: Split) -> SplitError:
    return SplitError(
        "there is nothing to evaluate with",
        found=f"no {CORPORA}/<domain>/{split}.jsonl in {one_line(str(data_dir))}",
        expected='a file a domain, lines such as {"prompt": "…", "response": "…"}',
        mend="write prompts and right answers that no training saw into one, or try --mock: nano has some",
    )
