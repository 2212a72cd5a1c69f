"""Does it fit? The engine's own admission, held against this machine before there is an engine."""

from __future__ import annotations

from vortex_tui.doctor import budget
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.engine.budget.subject import Gguf
from vortex_tui.preparing.case import Case


def memory(case: Case) -> Finding:
    """Everything a load may come to take against what may be used, on the card and on the host."""
    context = Context(case.profile, case.data_dir)
    case.admission = budget.admission(context, case.model, case.machine)
    return budget.told(case.admission)


def safe_route(case: Case) -> Finding:
    """Quantised, offloaded or GGUF; plain 16-bit weights only where they fit."""
    core = case.profile.core
    if isinstance(case.model, Gguf):
        return Finding("pass", f"GGUF, {case.model.header.quantization}")
    if core.hf_quantization != "none":
        return Finding("pass", f"quantised: {core.hf_quantization}")
    if core.hf_offload == "safe":
        return Finding("pass", 'not quantised, but core.hf_offload = "safe"')
    if case.admission is not None and case.admission.fits:
        return Finding("pass", "not quantised; the plain weights fit")
    mend = 'set core.hf_quantization = "nf4", or core.hf_offload = "safe"'
    return Finding("fail", "not quantised, not offloaded, and too large", "weights that fit", mend)
