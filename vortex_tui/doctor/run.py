"""The list of checks, and how they are run: side by side, each with a time limit, told as they finish."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from vortex_tui.doctor import (
    bank,
    budget,
    encoder,
    folders,
    hardware,
    model,
    openness,
    records,
    routing,
    software,
    training,
)
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.report import Check, Report, report
from vortex_tui.profile import Profile

Examine = Callable[[Context], Finding]


@dataclass(frozen=True, slots=True)
class Row:
    """A check: its id, its title, what looks, and after how many seconds it counts as hung."""

    id: str
    title: str
    function: Examine
    seconds: float = 15.0


SHALLOW: tuple[Row, ...] = (
    Row("python", "Python", software.python),
    Row("packages", "Packages", software.packages),
    Row("torch", "Torch", software.torch_build),
    Row("llama_cpp", "llama.cpp", software.llama_cpp),
    Row("gpu", "GPU", hardware.gpu),
    Row("profile", "Profile", model.profile),
    Row("weights", "Weights", model.weights),
    Row("budget", "Budget", budget.budget, 60.0),
    # Small files are hashed again, large ones only where size or time differ.
    Row("prepared", "Files and hashes", model.prepared_record, 300.0),
    Row("data_folder", "Data folder", folders.data_folder),
    Row("disk", "Disk", folders.room),
    # Every adapter is read whole: a bank of a hundred 7B experts is gigabytes.
    Row("experts", "Experts", bank.experts, 600.0),
    Row("encoder", "Encoder", encoder.encoder),
    Row("router_fit", "Router", routing.router_fit, 60.0),
    Row("training", "Training", training.training),
    Row("wsl", "WSL", training.listed, 60.0),
    Row("baseline", "Baseline", records.baseline),
    Row("approval", "Approval", records.approval),
    Row("ledger", "Ledger", records.ledger),
    Row("web", "Web", openness.web),
    Row("bind", "Address", openness.bind),
)


def shallow(profile: Profile, data_dir: Path, *, mock: bool = False) -> Report:
    """Everything that can be seen without loading a model; usually takes less than a second."""
    return examine(SHALLOW, Context(profile, data_dir, mock))


def again(id: str, context: Context) -> Check:
    """One check of the list, made anew. Raises KeyError for an id that is not in it."""
    place, row = {row.id: (place, row) for place, row in enumerate(SHALLOW)}[id]
    return next(iter(stream([row], context, place)))


def examine(rows: Iterable[Row], context: Context) -> Report:
    """Make every check of ``rows``; the report has them in that order."""
    return report(stream(rows, context))


def stream(rows: Iterable[Row], context: Context, first: int = 0) -> Iterator[Check]:
    """Each check as it finishes. None depends on another; one that hangs is given up and is a failure."""
    waited = dict(enumerate(rows, first))
    finished: SimpleQueue[Check] = SimpleQueue()
    started = time.perf_counter()
    for place, row in waited.items():
        # Daemons: a thread cannot be stopped, but it must not keep the program from ending either.
        work = Thread(target=_put, args=(finished, place, row, context), name=f"check-{row.id}", daemon=True)
        work.start()
    while waited:
        left = started + min(row.seconds for row in waited.values()) - time.perf_counter()
        try:
            check = finished.get(timeout=max(0.0, left))
        except Empty:
            place = min(waited, key=lambda place: waited[place].seconds)
            check = hung(place, waited[place].id, waited[place].title, waited[place].seconds)
        if waited.pop(check.place, None):
            yield check


def _put(finished: SimpleQueue[Check], place: int, row: Row, context: Context) -> None:
    start = time.perf_counter()
    try:
        finding = row.function(context)
    except Exception as error:  # noqa: BLE001  a doctor reports what went wrong, whatever it was
        finding = crashed(error)
    finished.put(checked(place, row.id, row.title, finding, time.perf_counter() - start))


def checked(place: int, id: str, title: str, finding: Finding, seconds: float) -> Check:
    """A finding as an entry of a report."""
    return Check(
        id, title, finding.status, finding.found, finding.expected, finding.mend,
        round(seconds * 1000, 1), finding.details, place,
    )  # fmt: skip


def crashed(error: BaseException) -> Finding:
    """What is told of a check that raised."""
    told = f"the check itself failed: {type(error).__name__}: {error}"
    return Finding("fail", told, mend="report this as a defect, with this line")


def hung(place: int, id: str, title: str, seconds: float) -> Check:
    """What is told of a check that did not come back in time."""
    told = f"the check did not finish within {seconds:g} s"
    mend = "run the doctor again; if it stays so, report it as a defect"
    return checked(place, id, title, Finding("fail", told, f"an answer within {seconds:g} s", mend), seconds)
