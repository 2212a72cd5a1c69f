"""The deep examination: an engine is loaded, and really does what it is there for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from vortex_tui.doctor import gates, judged, outside, records, run, training, trials
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.patient import Patient, admitted
from vortex_tui.doctor.report import Check
from vortex_tui.errors import VortexError

Try = Callable[[Patient], Awaitable[Finding]]
_FIRST = "load"
# A worker's first words come before torch is imported.
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A deep check: its id, its title, what is tried, and after how many seconds it counts as hung.

    ``alone``: it needs no loaded model, and is tried where that failed too.
    """

    id: str
    title: str
    function: Try
    seconds: float = 120.0
    alone: bool = False


# In this order: what comes later leans on what came before, and one engine answers them all.
TRIALS: tuple[Trial, ...] = (
    Trial(_FIRST, "Engine", trials.load, 900.0),
    Trial("memory", "Estimate", trials.memory),
    Trial("context", "Context", trials.context),
    Trial("quantisation", "Quantisation", trials.quantisation),
    Trial("tokenizer", "Tokenizer", trials.tokenizer),
    Trial("answer", "Known answer", trials.answer),
    Trial("mix", "Exact mix", trials.mix),
    Trial("cancel", "Cancel", trials.cancel),
    Trial("kept", "K/V and mixes", trials.kept, 900.0),
    Trial("vram", "GPU memory", trials.vram),
    Trial("gates", "Gates", gates.gates, 900.0),
    Trial("promotion", "Promotion", judged.promotion, 300.0),
    # Last: it also tells whether anything before it tried to go out.
    Trial("web_refusal", "Web refusal", outside.web, alone=True),
)
_STRICTER: dict[str, run.Row] = {
    # A real profile is not well without a baseline: nothing would notice that it grew slow.
    "baseline": run.Row("baseline", "Baseline", records.needed_baseline),
    # A distribution that sleeps is started, which is no part of a glance. Five commands, each with its limit.
    "wsl": run.Row("wsl", "WSL", training.reached, 240.0),
}
SHALLOW: tuple[run.Row, ...] = tuple(_STRICTER.get(row.id, row) for row in run.SHALLOW)


async def stream(context: Context, trials: tuple[Trial, ...] = TRIALS) -> AsyncGenerator[Check, None]:
    """Each trial as it finishes; without a loaded engine most are skipped, and the reason is told."""
    places = iter(range(len(SHALLOW), len(SHALLOW) + len(trials)))
    waiting = list(trials)
    async with AsyncExitStack() as stack:
        patient, trouble = await _admit(context, stack)
        if trouble is not None:
            first = waiting.pop(0)
            yield run.checked(next(places), first.id, first.title, trouble, 0.0)
        failed = patient is None
        for trial, place in zip(waiting, places, strict=True):
            if patient is None or (failed and not trial.alone):
                missing = Finding("skip", "the engine did not load")
                yield run.checked(place, trial.id, trial.title, missing, 0.0)
                continue
            check = await attempt(trial, patient, place)
            failed |= trial.id == _FIRST and check.status == "fail"
            yield check


async def _admit(context: Context, stack: AsyncExitStack) -> tuple[Patient | None, Finding | None]:
    """The started engine, or why there is none: a worker that says nothing is given up as well."""
    try:
        async with asyncio.timeout(_START_SECONDS):
            return await stack.enter_async_context(admitted(context)), None
    except VortexError as error:
        return None, refused(error)
    except TimeoutError:
        told = f"the engine's process said nothing within {_START_SECONDS:g} s"
        return None, Finding(
            "fail", told, "a worker that says hello", "see logs/engine.log in the data folder"
        )


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
