"""Which backend answers, opened: the one a profile names, or the one it falls back to."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vortex_tui.engine import backend_route, fingerprint, model_folder, prepared
from vortex_tui.engine.backends.base import Backend, OnStage
from vortex_tui.engine.budget import machine
from vortex_tui.engine.budget.admission import Admission, admit
from vortex_tui.engine.budget.subject import Gguf
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import BudgetError, ModelError
from vortex_tui.escape import one_line
from vortex_tui.experts.adapter import Adapter
from vortex_tui.gguf import convert, geometry, reader, soundness, vocabulary
from vortex_tui.profile import Profile

# Values of each of the largest experts of a bank, by the identity of its base.
Shelf = Callable[[str], Sequence[int]]
_KINDS = {"none": "f16", "int8": "q8_0", "nf4": "q4_k_m"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A backend with the identity of its base, its context in tokens, and what a person should know."""

    backend: Backend
    identity: str
    ctx_tokens: int
    model: str
    admission: Admission
    notes: tuple[str, ...] = ()


def open_backend(profile: Profile, data_dir: Path, on_stage: OnStage, shelf: Shelf = lambda _: ()) -> Opened:
    """Open what the profile names. Raises ModelError or BudgetError.

    A GGUF that is there is preferred; for an hf model that does not open it stands in, and says why.
    """
    prepared.check(profile, data_dir)
    route = backend_route.choose(profile)
    if route.failed:
        return _instead(profile, data_dir, on_stage, shelf, route.failed)
    if route.backend == "llama_cpp":
        return _gguf(profile, data_dir, on_stage, shelf)
    try:
        folder = route.folder or model_folder.inspect(model_folder.locate(profile.core.hf_model))
        return _folder(profile, folder, on_stage, shelf)
    except (ModelError, BudgetError) as error:
        if not backend_route.has_fallback(profile):
            raise
        return _instead(profile, data_dir, on_stage, shelf, error)


def _instead(
    profile: Profile, data_dir: Path, on_stage: OnStage, shelf: Shelf, error: ModelError | BudgetError
) -> Opened:
    """The GGUF in place of a model that did not load; both reasons are told when neither does."""
    try:
        opened = _gguf(profile, data_dir, on_stage, shelf)
    except (ModelError, BudgetError) as second:
        raise ModelError(
            f"neither the model nor its GGUF could be opened: {error.message}",
            found=f"{error.found}; then {second.message}: {second.found}",
            expected=error.expected,
            mend=f"{error.mend}; or {second.mend}",
        ) from second
    return replace(opened, notes=(backend_route.told(error), *opened.notes))


def _folder(profile: Profile, folder: ModelFolder, on_stage: OnStage, shelf: Shelf) -> Opened:
    """Open safetensors through transformers."""
    core = profile.core
    identity = fingerprint.of_folder(folder)
    _libraries(on_stage)
    from vortex_tui.engine.backends import hf_card
    from vortex_tui.engine.backends import hf_placement as placement
    from vortex_tui.engine.backends.hf import HfBackend

    ctx_tokens, notes = backend_route.context(profile, folder.max_context)
    if core.llama_cpp_model_path:
        notes = (f"there is no GGUF at {one_line(core.llama_cpp_model_path)}: hf answers", *notes)
    here = hf_card.machine()
    admission = admit(profile, folder, here, shelf(identity), here.own)
    admission.check()
    if admission.estimate.home == "card":
        hf_card.cap(admission.demand.limit("card"))
    backend = HfBackend(
        folder,
        core.hf_quantization,
        lambda stage, done: on_stage(stage, 0.3 + 0.5 * done),
        ctx_tokens=ctx_tokens,
        kv_host_mb=admission.snapshots_mb,
        plan=admission.estimate.plan,
        composed_bytes=admission.estimate.of("composed"),
    )
    told = (*notes, *_fewer(profile, admission), *placement.notes(admission), *backend.notes)
    return Opened(backend, identity, ctx_tokens, core.hf_model, admission, told)


def _libraries(on_stage: OnStage) -> None:
    """They take seconds; imported one by one, the progress bar moves. Raises ModelError."""
    for step, library in enumerate(("torch", "transformers", "bitsandbytes", "peft")):
        on_stage(f"library {library}", 0.02 + 0.07 * step)
        try:
            importlib.import_module(library)
        except (ImportError, OSError) as error:  # OSError: a library of its own does not load
            raise ModelError(
                f"{library} cannot be used here",
                found=one_line(str(error))[:300],
                expected=f"a whole installation of {library}",
                mend="vortex-tui doctor tells what is missing; or set core.backend to llama_cpp",
            ) from error


def _gguf(profile: Profile, data_dir: Path, on_stage: OnStage, shelf: Shelf) -> Opened:
    """Open a GGUF through llama.cpp."""
    from vortex_tui.engine.backends.llama import trial
    from vortex_tui.engine.backends.llama.backend import LlamaBackend, Settings

    file = _quantised(backend_route.gguf_file(profile, data_dir), profile, data_dir)
    header, identity = reader.read(file, vocabulary.WANTED), fingerprint.of_gguf(file)
    soundness.check(file, header)

    def converted(adapter: Adapter) -> Path:
        return convert.expert(adapter, geometry.of_gguf(header), data_dir).path

    def composed(mix_hash: str, parts: Sequence[tuple[Path, float]]) -> Path:
        return convert.mix(mix_hash, parts, identity, data_dir).path

    ctx_tokens, notes = backend_route.context(profile, header.context_length)
    here = machine.read(torch_cuda=False, llama_gpu=_has_gpu(), own=True)
    admission = admit(profile, Gguf(file, header), here, shelf(identity), here.own)
    admission.check()
    core = profile.core
    if core.llama_cpp_model_path:  # what was made here needs no trial
        on_stage("trial", 0.05)
        trial.check(file, core.kv_type, data_dir)
    settings = Settings(
        ctx_tokens, core.kv_type, admission.snapshots_mb, core.speculation == "prompt_lookup",
        admission.estimate.of("composed"),
    )  # fmt: skip
    backend = LlamaBackend(file, settings, converted, composed, on_stage)
    model = core.llama_cpp_model_path or core.hf_model
    told = (*notes, *_fewer(profile, admission), *backend.notes)
    return Opened(backend, identity, ctx_tokens, model, admission, told)


def _fewer(profile: Profile, admission: Admission) -> tuple[str, ...]:
    """A note where the host has no room for all the snapshots that the profile allows."""
    wanted, found = profile.budget.kv_host_mb, admission.snapshots_mb
    if found == wanted:
        return ()
    return (f"K/V snapshots may take {found} MiB and not budget.kv_host_mb = {wanted}: the host has no more",)


def _quantised(file: Path, profile: Profile, data_dir: Path) -> Path:
    """Nano in the file type nearest to what the profile says for transformers; a named file as it is."""
    from vortex_tui.engine.backends.llama.quantise import quantise

    kind = _KINDS[profile.core.hf_quantization]
    if profile.core.llama_cpp_model_path or kind == "f16":
        return file
    return convert.quantised(file, kind, data_dir, lambda target: quantise(file, kind, target)).path


def _has_gpu() -> bool:
    from vortex_tui.engine.backends.llama.library import native

    return bool(native().llama_supports_gpu_offload())
