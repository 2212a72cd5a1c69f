"""Gates wired: bad candidates are planted, and the real engine must refuse each for its own reason."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from vortex_tui.doctor.context import Finding
from vortex_tui.doctor.patient import Patient
from vortex_tui.doctor.planted import CONTROL, PLANTS, Plant
from vortex_tui.errors import ExpertError
from vortex_tui.experts.bank import BankEntry


async def gates(patient: Patient, plants: Iterable[Plant] = PLANTS) -> Finding:
    """Plant them in a temporary folder; the untouched expert beside them must be accepted."""
    if patient.entry is None:
        return Finding("skip", patient.no_twin)
    chosen = tuple(plants)
    with TemporaryDirectory(prefix="vortex-planted-") as folder:
        try:
            wrong = await _wrong(patient, patient.entry, chosen, Path(folder))
        finally:
            await patient.load()  # what comes next finds the engine as it was
    told = f"planted {', '.join(plant.what for plant in chosen)}"
    if wrong:
        return Finding("fail", f"{told}; {'; '.join(wrong)}", "each refused", "report this as a defect")
    return Finding("pass", f"{told}: each refused; {CONTROL.what} accepted")


async def _wrong(patient: Patient, entry: BankEntry, plants: tuple[Plant, ...], folder: Path) -> list[str]:
    """Whatever was not as it must be."""
    made = {plant: plant.make(entry, plant.id, folder) for plant in (*plants, CONTROL)}
    by_manifest = [plant for plant in plants if plant.by_manifest]
    found = [await _accepted(plant, _load(patient, made[plant])) for plant in by_manifest]
    by_bytes = [plant for plant in plants if not plant.by_manifest]
    # Bytes are read when they are attached, and a load lets go of what was attached before.
    await _load(patient, *(made[plant] for plant in (*by_bytes, CONTROL)))
    found += [await _accepted(plant, patient.engine.attach(plant.id)) for plant in by_bytes]
    try:
        await patient.engine.attach(CONTROL.id)
    except ExpertError as error:
        found.append(f"{CONTROL.what} was refused: {error.message}")
    return [problem for problem in found if problem]


async def _load(patient: Patient, *aside: Path) -> None:
    await patient.engine.load(patient.context.profile, None, aside)


async def _accepted(plant: Plant, doing: Awaitable[object]) -> str:
    """What is wrong with how a plant was taken; nothing when it was refused as it must be."""
    try:
        await doing
    except ExpertError as error:
        told = f"{error.message} {error.found}"
        return "" if plant.reason in told else f"{plant.what} was refused for something else: {told}"
    return f"{plant.what} was accepted"
