"""Would it fit? The engine's own admission from file headers, and how far off it was at the last load."""

from __future__ import annotations

from vortex_tui.doctor import bank
from vortex_tui.doctor.builds import llama_gpu, torch_cuda
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.engine import backend_route, model_folder
from vortex_tui.engine.budget import adapters, machine, record, table
from vortex_tui.engine.budget.admission import Admission, admit
from vortex_tui.engine.budget.machine import Machine
from vortex_tui.engine.budget.subject import Gguf, Model
from vortex_tui.errors import ModelError
from vortex_tui.gguf import reader, vocabulary
from vortex_tui.profile import Profile

# Beyond this an estimate is no help.
_FAR_OFF = 0.10


def here() -> Machine:
    """This machine now, with what each backend's build can use of it."""
    return machine.read(torch_cuda=torch_cuda() is not None, llama_gpu=llama_gpu())


def admission(context: Context, model: Model, on: Machine) -> Admission:
    """A profile's demand with its bank's experts, held against a machine. Raises ModelError."""
    profile, data_dir = context.profile, context.data_dir
    entries = bank.entries(profile, data_dir) if profile.experts.enabled else []
    largest = adapters.largest(entries, profile.experts.max_loaded)
    return admit(profile, model, on, largest, record.runtime(profile, data_dir))


def budget(context: Context) -> Finding:
    """Everything a load may come to take: a table, what is too much, and the cheapest changes."""
    try:
        model = _model(context.profile)
        if model is None:
            return Finding("skip", "nano's GGUF is made at its first load, and is small")
        return told(admission(context, model, here()), _last(context))
    except ModelError as error:
        return Finding("skip", f"the weights could not be read: {error.message}")


def told(found: Admission, last: str = "") -> Finding:
    """An admission as a finding; ``last`` says how the last load compared."""
    plan = found.estimate.plan
    words = [*map(found.told, found.places), plan.told if plan else "", last]
    text, limits = "; ".join(filter(None, words)), "; ".join(map(found.told_limit, found.places))
    if found.fits:
        return Finding("pass", text, limits, details=table.lines(found))
    return Finding("fail", text, limits, found.mend(), table.lines(found))


def _model(profile: Profile) -> Model | None:
    """What would be loaded, by its headers; None where it is made when it is loaded. Raises ModelError."""
    route = backend_route.choose(profile)
    if route.backend == "hf":
        return route.folder or model_folder.inspect(model_folder.locate(profile.core.hf_model))
    file = backend_route.named_gguf(profile)
    if file is None and profile.core.hf_model == model_folder.NANO:
        return None
    if file is None or not backend_route.is_file(file):
        raise ModelError("the profile names no GGUF that is there")
    return Gguf(file, reader.read(file, vocabulary.WANTED))


def _last(context: Context) -> str:
    """How far the estimate was off when this profile was loaded last."""
    found, core = record.read(context.profile, context.data_dir), context.profile.core
    if found is None or found.model not in (core.hf_model, core.llama_cpp_model_path):
        return ""
    if found.error is None or found.measured_mb is None:
        return "the last load could not be measured"
    off = "far off, " if abs(found.error) > _FAR_OFF else ""
    return (
        f"the last load was estimated at {found.expected_mb:,.0f} MiB and took {found.measured_mb:,.0f}: "
        f"{off}{found.error:+.1%}"
    )
