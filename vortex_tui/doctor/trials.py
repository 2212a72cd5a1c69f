"""The deep checks: what only a loaded engine can show, each by doing it."""

from __future__ import annotations

import time
from contextlib import aclosing

from vortex_tui.doctor.context import Finding
from vortex_tui.doctor.patient import Patient, turn
from vortex_tui.engine.model_folder import NANO
from vortex_tui.engine.protocol import BARE, Choice, Done, Named, Sampling, ScoreItem, Token
from vortex_tui.escape import one_line

_SUM, _ANSWER = "What is 37 + 58?", "95"
_WORDS = "naïve café: 37 + 58 = 95 \U0001f642 日本語\n\tindented"
_STORY = "Here are some lines to remember.\n" + "One and one is two.\n" * 20 + "What is 12 + 30?"
_QUANTISED = {"nf4": "Linear4bit", "int8": "Linear8bitLt"}
_PLAIN_TENSORS = {"F32", "F16", "BF16"}
_CANCEL_SECONDS = 1.0
_FAR_OFF = 0.10
# Nats of loss. Where arithmetic is not exact, two orders of the same sum differ more.
_EXACT, _CLOSE = 1e-4, 0.05


async def load(patient: Patient) -> Finding:
    """The base, the bank and the router, as every face loads them."""
    ready = await patient.load()
    told = f"{ready.backend} on {ready.device}, {ready.experts} experts, {ready.load_ms / 1000:.1f} s"
    notes = "; ".join(map(one_line, ready.notes))
    return Finding("pass", f"{told}; {notes}" if notes else told)


async def context(patient: Patient) -> Finding:
    """Is the context that was loaded the one the profile promises?"""
    assert patient.ready is not None
    profile = patient.context.profile
    loaded, required = patient.ready.ctx_tokens, profile.bench_thresholds.required_ctx
    told = f"{loaded} of budget.ctx_tokens {profile.budget.ctx_tokens}"
    expected = f"bench_thresholds.required_ctx {required} or more"
    if loaded >= required:
        return Finding("pass", told, expected)
    if patient.context.mock:
        return Finding("warn", f"{told}, which is all that nano reads (--mock)", expected)
    return Finding("fail", told, expected, "take a model that was trained for more, or lower required_ctx")


async def memory(patient: Patient) -> Finding:
    """What the load took, beside what was estimated from the files' headers."""
    assert patient.ready is not None
    found = patient.ready.memory
    if found is None or found.measured_mb is None or found.error is None:
        return Finding("skip", "nobody tells what the load took")
    told = f"estimated {found.expected_mb:,.0f} MiB, took {found.measured_mb:,.0f}: {found.error:+.1%}"
    if abs(found.error) > _FAR_OFF:
        return Finding("warn", told, f"within {_FAR_OFF:.0%}", "report this with the model's name")
    return Finding("pass", told)


async def quantisation(patient: Patient) -> Finding:
    """Is what was loaded really quantised? The worker counts its layers."""
    ready, wanted = patient.ready, patient.context.profile.core.hf_quantization
    assert ready is not None
    layers = ", ".join(f"{count} {name}" for name, count in sorted(ready.layers.items()))
    told = f"{ready.quantization}: {layers or 'no layer was counted'}"
    if ready.backend != "hf":
        plain = not ready.layers.keys() - _PLAIN_TENSORS
        if plain and patient.context.profile.core.backend == "hf" and wanted != "none":
            return Finding("warn", f"GGUF {told}; not quantised", f"{wanted}, or a quantised GGUF")
        return Finding("pass", f"GGUF {told}{'; not quantised' if plain else ''}")
    if wanted == "none":
        return _plain(patient, told)
    if not ready.layers.get(_QUANTISED[wanted]):
        mend = "install bitsandbytes, or set core.hf_quantization to none"
        return Finding("fail", told, f"{wanted}: layers of {_QUANTISED[wanted]}", mend)
    return Finding("pass", told)


def _plain(patient: Patient, told: str) -> Finding:
    """Nothing was to be quantised: that is safe with an offload, and for nano."""
    core = patient.context.profile.core
    if core.hf_model == NANO:
        return Finding("skip", f"core.hf_quantization is none; {told}")
    if core.hf_offload == "safe":
        return Finding("pass", f'core.hf_offload = "safe"; {told}')
    mend = 'set core.hf_quantization = "nf4", or core.hf_offload = "safe"'
    return Finding("fail", f"neither quantised nor offloaded; {told}", "one of the two, or a GGUF", mend)


async def tokenizer(patient: Patient) -> Finding:
    """A text with marks, accents and pictures becomes ids and comes back."""
    ids = await patient.engine.tokenize(_WORDS)
    back = await patient.engine.round_trip(_WORDS)
    # Some vocabularies begin every text with a space.
    if back.strip() != _WORDS:
        return Finding("fail", one_line(back), one_line(_WORDS), "restore the model's tokenizer.json")
    asked = await patient.engine.count(turn(_WORDS))
    if asked < len(ids):
        found = f"{asked} tokens as a question, {len(ids)} alone"
        return Finding("fail", found, "a chat template that keeps the text", "restore the chat template")
    return Finding("pass", f"{len(ids)} tokens and back; {asked} as a question")


async def answer(patient: Patient) -> Finding:
    """A question whose answer is known."""
    said = await patient.ask(_SUM)
    mix = ", ".join(f"{share.expert} {share.weight:g}" for share in said.mix) or "the base alone"
    told = f"{_SUM} {one_line(said.text.strip()[:80])!r}, by {mix}"
    if _ANSWER in said.text:
        return Finding("pass", told)
    return Finding("fail", told, f"an answer with {_ANSWER}", "vortex-tui experts verify; prepare-model")


async def mix(patient: Patient) -> Finding:
    """Half an expert and half its twin is the expert; the expert less its twin is the bare base."""
    if not patient.twin:
        return Finding("skip", patient.no_twin)
    if patient.context.profile.experts.max_loaded < 2:
        return Finding("skip", "experts.max_loaded is 1: there are no mixes")
    expert, twin = patient.expert, patient.twin
    whole, bare = await _loss(patient, patient.alone()), await _loss(patient, BARE)
    halves = await _loss(patient, Named(weights={expert: 0.5, twin: 0.5}))
    nothing = await _loss(patient, Named(weights={expert: 1.0, twin: -1.0}))
    allowed = _EXACT if patient.exact else _CLOSE
    told = f"{expert}: loss {whole:.5f}, in halves {halves:.5f}; base {bare:.5f}, less its twin {nothing:.5f}"
    if abs(whole - bare) <= 4 * allowed:
        return Finding("skip", f"{told}: the expert changes too little to tell")
    if max(abs(whole - halves), abs(bare - nothing)) > allowed:
        return Finding("fail", told, f"equal within {allowed:g} nats", "report this as a defect")
    return Finding("pass", told)


async def _loss(patient: Patient, choice: Choice) -> float:
    items = [ScoreItem(conversation=turn(_SUM), answer=_ANSWER)]
    return (await patient.engine.score(items, choice))[0]


async def cancel(patient: Patient) -> Finding:
    """A long answer is stopped after its first word."""
    assert patient.ready is not None
    tokens = max(2, min(1024, patient.ready.ctx_tokens // 2))
    sampling = Sampling(max_new_tokens=tokens, min_new_tokens=tokens, temperature=0.0)
    asked, said = 0.0, None
    async with aclosing(patient.engine.generate([turn("Tell me.")], sampling, BARE)) as running:
        async for event in running:
            if isinstance(event, Token) and not asked:
                asked = time.perf_counter()
                await running.cancel()
            elif isinstance(event, Done):
                said = event
    spent = time.perf_counter() - asked
    told = f"{said.finish_reason if said else 'no end'} {spent * 1000:.0f} ms after it was asked for"
    if said is None or said.finish_reason != "cancelled" or spent > _CANCEL_SECONDS:
        return Finding("fail", told, f"cancelled within {_CANCEL_SECONDS:g} s", "report this as a defect")
    return Finding("pass", told)


async def kept(patient: Patient) -> Finding:
    """One conversation under an expert, the base, the expert: as if each had been asked alone."""
    if not patient.expert:
        return Finding("skip", "there is no usable expert to change to")
    first = await patient.ask(_STORY, patient.alone())
    base = await patient.ask(_STORY, BARE)
    again = await patient.ask(_STORY, patient.alone())
    await patient.load()  # Nothing is kept over a load: this answer of the base is fresh.
    fresh = await patient.ask(_STORY, BARE)
    told = f"{again.kv_reused_tokens} of {again.prompt_tokens} tokens reused on the way back"
    if (again.text, base.text) == (first.text, fresh.text):
        alike = first.text == base.text
        return Finding(
            "skip" if alike else "pass", f"{told}{'; both answer alike: no proof' if alike else ''}"
        )
    if patient.exact:
        return Finding("fail", f"{told}; other text than fresh", "the same text", "report this as a defect")
    return Finding("warn", f"{told}; other text than fresh, as rounding may do here", "the same text")


async def vram(patient: Patient) -> Finding:
    """The most memory of the GPU that was taken up to here, against the budget."""
    stats, budget = await patient.engine.stats(), patient.context.profile.budget.max_vram_mb
    if stats.vram_peak_mb is None:
        on_gpu = patient.ready is not None and patient.ready.device not in ("cpu", "")
        return Finding("skip", "this backend does not tell" if on_gpu else "not applicable: no GPU is used")
    told = f"{stats.vram_peak_mb:.0f} MiB at the peak"
    if stats.vram_peak_mb > budget:
        return Finding("fail", told, f"budget.max_vram_mb {budget} or less", "lower budget.ctx_tokens")
    return Finding("pass", told, f"budget.max_vram_mb {budget} or less")
