"""From a profile to something that answers: base, bank, residency, router."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends.base import Backend, OnStage
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.protocol import Event, Load, Progress, Ready
from vortex_tui.engine.residency import Residents
from vortex_tui.errors import ModelError
from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.profile import Profile, parse
from vortex_tui.routing import router, vectors
from vortex_tui.routing.router import Router

Emit = Callable[[Event], None]


@dataclass(slots=True)
class Loaded:
    """A profile's model in memory, with its bank and its router."""

    profile: Profile
    backend: Backend
    fingerprint: str
    ctx_tokens: int
    entries: list[BankEntry]
    residents: Residents
    router: Router

    def find(self, name: str) -> BankEntry:
        """An expert by id or domain. Raises ExpertError."""
        return bank.find(name, self.entries)


def _check_supported(profile: Profile) -> None:
    """Refuse what is not built in before anything is read."""
    if profile.core.backend != "hf":
        raise ModelError(
            f"the backend {profile.core.backend} is not built in yet",
            expected='core.backend = "hf"',
            mend="set core.backend to hf, or try nano: vortex-tui --mock",
        )
    router.check(profile.experts.router)


def _open_backend(profile: Profile, folder: ModelFolder, on_stage: OnStage) -> Backend:
    # They take seconds; imported one by one, the progress bar moves.
    for step, library in enumerate(("torch", "transformers", "peft")):
        on_stage(f"library {library}", 0.02 + 0.1 * step)
        importlib.import_module(library)
    from vortex_tui.engine.backends.hf import HfBackend

    return HfBackend(
        folder, profile.core.hf_quantization, lambda stage, done: on_stage(stage, 0.3 + 0.5 * done)
    )


def _context(profile: Profile, folder: ModelFolder) -> tuple[int, tuple[str, ...]]:
    wanted, trained = profile.budget.ctx_tokens, folder.max_context
    if trained and wanted > trained:
        return trained, (
            f"the model was trained for {trained} tokens: the context is {trained}, not {wanted}",
        )
    return wanted, ()


def _background() -> list[str]:
    """Prompts that no expert serves: what the router holds an expert's own prompts against."""
    file = paths.nano() / "background.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line for line in lines if line.strip()]


def _router(profile: Profile, entries: list[BankEntry], backend: Backend, known: Path) -> Router:
    """The profile's router; ``known`` holds the vectors of the bank's prompts."""
    serving = bank.champions(entries).values() if profile.experts.enabled else ()
    exemplars = {entry.id: entry.manifest.exemplars for entry in serving if entry.manifest}
    settings = profile.experts.router
    # A mix of more experts than may be resident could never answer.
    top_k = min(settings.top_k, profile.experts.max_loaded)
    settings = settings.model_copy(update={"top_k": top_k})
    encode = backend.embed
    encode_bank = vectors.kept(known, encode, paths.nano() / vectors.FOLDER)
    return router.build(settings, exemplars, _background(), encode, encode_bank)


def _entries(profile: Profile, data_dir: Path, base: str) -> list[BankEntry]:
    with_nano = profile.core.hf_model == model_folder.NANO
    return bank.scan(base, bank.roots(data_dir, with_nano=with_nano))


def load(request: Load, data_dir: Path, emit: Emit) -> tuple[Loaded, Ready]:
    """Load a profile, telling each stage. Raises ModelError, BudgetError, ExpertError or ProfileError."""
    started = time.monotonic_ns()

    def on_stage(stage: str, done: float) -> None:
        emit(Progress(id=request.id, stage=stage, fraction=done))

    profile = parse(request.profile, Path(f"{request.name}.toml"))
    _check_supported(profile)
    on_stage("files", 0.0)
    folder = model_folder.inspect(model_folder.locate(profile.core.hf_model))
    identity = fingerprint.of_folder(folder)
    ctx_tokens, notes = _context(profile, folder)
    backend = _open_backend(profile, folder, on_stage)
    on_stage("experts", 0.8)
    entries = _entries(profile, data_dir, identity)
    on_stage("router", 0.85)
    known = vectors.file_of(data_dir, identity, backend.name, backend.quantization)
    loaded = Loaded(
        profile=profile,
        backend=backend,
        fingerprint=identity,
        ctx_tokens=ctx_tokens,
        entries=entries,
        residents=Residents(backend, identity, profile.experts.max_loaded),
        router=_router(profile, entries, backend, known),
    )
    return loaded, _ready(request, loaded, (*notes, *backend.notes), started)


def _ready(request: Load, loaded: Loaded, notes: tuple[str, ...], started: int) -> Ready:
    return Ready(
        id=request.id,
        last=True,
        backend=loaded.backend.name,
        device=loaded.backend.device,
        quantization=loaded.backend.quantization,
        model=loaded.profile.core.hf_model,
        fingerprint=loaded.fingerprint,
        ctx_tokens=loaded.ctx_tokens,
        experts=len(bank.champions(loaded.entries)),
        load_ms=(time.monotonic_ns() - started) / 1e6,
        notes=notes,
    )
