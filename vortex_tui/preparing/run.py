"""Run the checks one after the other; what the first ones find, the later ones use."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from vortex_tui import cache_folder
from vortex_tui.doctor import budget
from vortex_tui.doctor import run as doctor
from vortex_tui.doctor.context import Finding
from vortex_tui.doctor.report import Check
from vortex_tui.engine.budget.machine import Machine
from vortex_tui.errors import ModelError, StorageError
from vortex_tui.preparing import files, libraries, memory, tokenizer
from vortex_tui.preparing.case import Case, OnHashed
from vortex_tui.preparing.report import Prepared
from vortex_tui.profile import Profile

Row = tuple[str, str, Callable[[Case], Finding]]

_FIRST: tuple[Row, ...] = (
    ("route", "Route", files.route),
    ("libraries", "Packages", libraries.libraries),
    ("weights", "Weights", files.weights),
)
_OF_THE_MODEL: tuple[Row, ...] = (
    ("memory", "Memory", memory.memory),
    ("safe_route", "Safe route", memory.safe_route),
    ("tokenizer", "Tokenizer", tokenizer.tokenizer),
    ("identity", "Fingerprint", files.identity),
    ("hashes", "Hashes", files.hashes),
)


def prepare(
    profile: Profile,
    data_dir: Path,
    on_hashed: OnHashed = lambda *_: None,
    on_machine: Machine | None = None,
) -> Prepared:
    """Examine a profile without loading it; ``on_machine``: another machine's memory than this one's."""
    cache_folder.keep_to(profile.budget, data_dir)  # nano's GGUF may be made for it
    case = Case(profile, data_dir, on_machine or budget.here(), on_hashed)
    checks = [_one(row, case) for row in _FIRST]
    checks += [_one(row, case) if case.found else _skipped(row) for row in _OF_THE_MODEL]
    return Prepared(case, tuple(checks))


def _skipped(row: Row) -> Check:
    return Check(row[0], row[1], "skip", "the weights could not be read")


def _one(row: Row, case: Case) -> Check:
    id, title, function = row
    start = time.perf_counter()
    try:
        finding = function(case)
    except (ModelError, StorageError) as error:
        finding = files.refused(error)
    except OSError as error:
        finding = Finding("fail", str(error), "a readable file", "check the file's permissions")
    return doctor.checked(0, id, title, finding, time.perf_counter() - start)
