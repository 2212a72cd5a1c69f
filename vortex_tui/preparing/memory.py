"""Does it fit? Sizes from file headers, held against the card's budget or the host's memory."""

from __future__ import annotations

from vortex_tui.doctor.context import Finding
from vortex_tui.engine import offload, sizes
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.preparing.case import Case, Gguf, Totals

_MIB = sizes.MIB
_SMALLER = "lower budget.ctx_tokens, or take a smaller model or quantisation"


def _limits(case: Case, backend: str) -> tuple[str, int, int]:
    """(device, limit, working room): the card within its budget where there is one, else the host."""
    gpu = case.machine.gpu_for(backend)
    if gpu is None:
        return "cpu", case.machine.host, sizes.HOST_WORKING
    return "gpu", min(case.profile.budget.max_vram_mb * _MIB, gpu), sizes.GPU_WORKING


def _of_gguf(case: Case, gguf: Gguf) -> Totals:
    device, limit, working = _limits(case, "llama_cpp")
    kv = sizes.gguf_kv_bytes(gguf.header, case.ctx_tokens, case.profile.core.kv_type)
    # As a whole: tensor types newer than this program have a size there too.
    return Totals(device, case.ctx_tokens, gguf.file.stat().st_size, kv, working, limit)


def _of_folder(case: Case, folder: ModelFolder) -> Totals:
    device, limit, working = _limits(case, "hf")
    quantization, ctx = case.profile.core.hf_quantization, case.ctx_tokens
    value = sizes.GPU_VALUE if device == "gpu" else sizes.CPU_VALUE
    shape = sizes.kv_of_config(folder.config)
    kv = shape.layers * shape.layer_bytes(ctx, value)
    whole = Totals(device, ctx, sizes.weight_bytes(folder, quantization, value), kv, working, limit)
    if device == "cpu" or case.profile.core.hf_offload != "safe":
        return whole
    return _split(case, folder, whole)


def _split(case: Case, folder: ModelFolder, whole: Totals) -> Totals:
    """The part of it that the plan leaves on the card."""
    parts = sizes.parts(folder, case.profile.core.hf_quantization, whole.ctx_tokens)
    made = offload.plan(parts, whole.limit, whole.working)
    kv = sum(part.kv for part in parts if made.places[part.name] == "gpu")
    weights = made.gpu_bytes - kv
    return Totals(
        whole.device, whole.ctx_tokens, weights, kv, whole.working, whole.limit,
        made.host_bytes, len(made.on_cpu),
    )  # fmt: skip


def measure(case: Case) -> Totals:
    """What the model takes, and what there is. Raises ModelError."""
    found = case.model
    return _of_gguf(case, found) if isinstance(found, Gguf) else _of_folder(case, found)


def memory(case: Case) -> Finding:
    """Weights, K/V of the whole context and working room against the limit."""
    totals = case.totals = measure(case)
    told = (
        f"{_mib(totals.needed)} MiB on the {totals.device}: weights {_mib(totals.weights)}, "
        f"K/V of {totals.ctx_tokens} tokens {_mib(totals.kv)}, working room {_mib(totals.working)}"
    )
    limit = f"{totals.limit // _MIB} MiB or less"
    if totals.needed > totals.limit:
        offloads = (
            totals.device == "gpu" and isinstance(case.model, ModelFolder) and not totals.offloaded_parts
        )
        mend = f'set core.hf_offload = "safe", {_SMALLER}' if offloads else _SMALLER
        return Finding("fail", told, limit, mend)
    if not totals.offloaded_parts:
        return Finding("pass", told, limit)
    return _offloaded(case, totals, told)


def _offloaded(case: Case, totals: Totals, told: str) -> Finding:
    told = f"{told}; {totals.offloaded_parts} part(s), {_mib(totals.offloaded)} MiB, on the CPU"
    needed = totals.offloaded + sizes.HOST_WORKING
    if needed > case.machine.host:
        found = f"{told}, where {case.machine.host // _MIB} MiB are available"
        return Finding("fail", found, f"{_mib(needed)} MiB of host memory", _SMALLER)
    return Finding("pass", told, f"{totals.limit // _MIB} MiB or less")


def safe_route(case: Case) -> Finding:
    """Quantised, offloaded or GGUF; plain 16-bit weights only where they fit."""
    core = case.profile.core
    if isinstance(case.model, Gguf):
        return Finding("pass", f"GGUF, {case.model.header.quantization}")
    if core.hf_quantization != "none":
        return Finding("pass", f"quantised: {core.hf_quantization}")
    if core.hf_offload == "safe":
        return Finding("pass", 'not quantised, but core.hf_offload = "safe"')
    if case.totals is not None and case.totals.needed <= case.totals.limit:
        return Finding("pass", "not quantised; the plain weights fit")
    mend = 'set core.hf_quantization = "nf4", or core.hf_offload = "safe"'
    return Finding("fail", "not quantised, not offloaded, and too large", "weights that fit", mend)


def _mib(count: int) -> int:
    return -(-count // _MIB)
