"""Run the checks one after the other; a check that crashes is a failed check, never a crash."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from vortex_tui.doctor import bank, encoder, folders, hardware, model, software
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.report import Check, Report
from vortex_tui.profile import Profile

Examine = Callable[[Context], Finding]
Row = tuple[str, str, Examine]

SHALLOW: tuple[Row, ...] = (
    ("python", "Python", software.python),
    ("packages", "Packages", software.packages),
    ("torch", "Torch", software.torch_build),
    ("llama_cpp", "llama.cpp", software.llama_cpp),
    ("gpu", "GPU", hardware.gpu),
    ("memory", "Memory", hardware.memory),
    ("profile", "Profile", model.profile),
    ("weights", "Weights", model.weights),
    ("data_folder", "Data folder", folders.data_folder),
    ("disk", "Disk", hardware.disk),
    ("experts", "Experts", bank.experts),
    ("encoder", "Encoder", encoder.encoder),
)


def shallow(profile: Profile, data_dir: Path) -> Report:
    """Everything that can be seen without loading a model; takes well under a second."""
    return examine(SHALLOW, Context(profile, data_dir))


def examine(rows: Iterable[Row], context: Context) -> Report:
    """Run each check of ``rows`` (id, title, function) and time it."""
    return Report(tuple(_one(row, context) for row in rows))


def _one(row: Row, context: Context) -> Check:
    id, title, function = row
    start = time.perf_counter()
    try:
        finding = function(context)
    except Exception as error:  # noqa: BLE001  a doctor reports what went wrong, whatever it was
        told = f"the check itself failed: {type(error).__name__}: {error}"
        finding = Finding("fail", told, mend="report this as a defect, with this line")
    ms = (time.perf_counter() - start) * 1000
    return Check(id, title, finding.status, finding.found, finding.expected, finding.mend, round(ms, 1))
