"""The deep examination: an engine is loaded, and really does what it is there for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from vortex_tui.doctor import gates, outside, records, run, training, trials
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.patient import Patient, admitted
from vortex_tui.doctor.report import Check
from vortex_tui.errors import VortexError

Try = Callable[[Patient], Awaitable[Finding]]
_FIRST = "load"


@dataclass(frozen=True, slots=True)
class Trial:
    """A deep check: its id, its title, what is tried, and after how many seconds it counts as hung."""

    id: str
    title: str
    function: Try
    seconds: float = 120.0


# In this order: what comes later leans on what came before, and one engine answers them all.
TRIALS: tuple[Trial, ...] = (
    Trial(_FIRST, "Engine", trials.load, 900.0),
    Trial("context", "Context", trials.context),
    Trial("quantisation", "Quantisation", trials.quantisation),
    Trial("tokenizer", "Tokenizer", trials.tokenizer),
    Trial("answer", "Known answer", trials.answer),
    Trial("mix", "Exact mix", trials.mix),
    Trial("cancel", "Cancel", trials.cancel),
    Trial("kept", "K/V and mixes", trials.kept, 900.0),
    Trial("vram", "GPU memory", trials.vram),
    Trial("gates", "Gates", gates.gates, 900.0),
    # Last: it also tells whether anything before it tried to go out.
    Trial("web_refusal", "Web refusal", outside.web),
)
_STRICTER: dict[str, run.Row] = {
    # A real profile is not well without a baseline: nothing would notice that it grew slow.
    "baseline": run.Row("baseline", "Baseline", records.needed_baseline),
    # A distribution that sleeps is started, which is no part of a glance. Five commands, each with its limit.
    "wsl": run.Row("wsl", "WSL", training.reached, 240.0),
}
SHALLOW: tuple[run.Row, ...] = tuple(_STRICTER.get(row.id, row) for row in run.SHALLOW)


async def stream(context: Context, trials: tuple[Trial, ...] = TRIALS) -> AsyncGenerator[Check, None]:
    """Each trial as it finishes; without a loaded engine the others are skipped, and the reason is told."""
    first = len(SHALLOW)
    done = 0
    try:
        async with admitted(context) as patient:
            for trial in trials:
                check = await attempt(trial, patient, first + done)
                done += 1
                yield check
                if trial.id == _FIRST and check.status == "fail":
                    break
    except VortexError as error:  # it could not even be started
        yield run.checked(first + done, trials[done].id, trials[done].title, refused(error), 0.0)
        done += 1
    for place in range(done, len(trials)):
        missing = Finding("skip", "the engine did not load")
        yield run.checked(first + place, trials[place].id, trials[place].title, missing, 0.0)


async def attempt(trial: Trial, patient: Patient, place: int) -> Check:
    """One trial; whatever goes wrong with it is told in its check."""
    start = time.perf_counter()
    try:
        async with asyncio.timeout(trial.seconds):
            finding = await trial.function(patient)
    except TimeoutError:
        return run.hung(place, trial.id, trial.title, trial.seconds)
    except VortexError as error:
        finding = refused(error)
    except Exception as error:  # noqa: BLE001  a doctor reports what went wrong, whatever it was
        finding = run.crashed(error)
    return run.checked(place, trial.id, trial.title, finding, time.perf_counter() - start)


def refused(error: VortexError) -> Finding:
    """An error in words as a finding."""
    told = f"{error.message}; {error.found}" if error.found else error.message
    return Finding("fail", told, error.expected, error.mend)
