"""Promotion's gates wired: a bad candidate in the quarantine of a temporary bank must be refused."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from vortex_tui.doctor.context import Finding
from vortex_tui.doctor.patient import Patient
from vortex_tui.doctor.planted import DOMAIN, not_a_number
from vortex_tui.experts.bank import BankEntry
from vortex_tui.promotion.candidate import QUARANTINE
from vortex_tui.promotion.judge import judge
from vortex_tui.promotion.report import GateReport

_GATE = "integrity"


async def promotion(patient: Patient) -> Finding:
    """Judge what is spoilt as a candidate: REJECT by the gate on files, with nothing of it asked."""
    if patient.entry is None:
        return Finding("skip", patient.no_twin)
    with TemporaryDirectory(prefix="vortex-judged-") as folder:
        found = await _report(patient, patient.entry, Path(folder))
    failed = ", ".join(gate.id for gate in found.failed)
    told = f"a candidate with a weight that is no number: {found.verdict} by {failed or 'no gate'}"
    if found.verdict != "REJECT" or not any(gate.id == _GATE for gate in found.failed):
        return Finding("fail", told, f"REJECT by {_GATE}", "report this as a defect")
    return Finding("pass", told)


async def _report(patient: Patient, entry: BankEntry, data_dir: Path) -> GateReport:
    folder = not_a_number(entry, f"{DOMAIN}/spoilt", data_dir / QUARANTINE)
    context = patient.context
    return await judge(context.profile, data_dir, folder, engine=patient.engine, mock=context.mock)
