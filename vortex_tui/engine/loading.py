"""From a profile to something that answers: base, bank, residency, router."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from vortex_tui import paths
from vortex_tui.engine import model_folder, opening, staying
from vortex_tui.engine.backends.base import Backend, OnStage
from vortex_tui.engine.opening import Opened
from vortex_tui.engine.protocol import Event, Load, Progress, Ready
from vortex_tui.engine.residency import Residents
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
    answered: staying.Memory = field(default_factory=staying.Memory)
    kv_lookups: int = 0
    kv_hits: int = 0

    def find(self, name: str) -> BankEntry:
        """An expert by id or domain. Raises ExpertError."""
        return bank.find(name, self.entries)


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
    router.check(profile.experts.router)
    on_stage("files", 0.0)
    opened = opening.open_backend(profile, data_dir, on_stage)
    with ExitStack() as undo:
        undo.callback(opened.backend.close)
        loaded = _furnished(profile, data_dir, opened, on_stage)
        undo.pop_all()
    return loaded, _ready(request, loaded, opened, started)


def _furnished(profile: Profile, data_dir: Path, opened: Opened, on_stage: OnStage) -> Loaded:
    """The opened backend with its experts and its router."""
    backend, identity = opened.backend, opened.identity
    on_stage("experts", 0.8)
    entries = _entries(profile, data_dir, identity)
    on_stage("router", 0.85)
    known = vectors.file_of(data_dir, identity, backend.name, backend.quantization)
    return Loaded(
        profile=profile,
        backend=backend,
        fingerprint=identity,
        ctx_tokens=opened.ctx_tokens,
        entries=entries,
        residents=Residents(backend, identity, profile.experts.max_loaded),
        router=_router(profile, entries, backend, known),
    )


def _ready(request: Load, loaded: Loaded, opened: Opened, started: int) -> Ready:
    return Ready(
        id=request.id,
        last=True,
        backend=loaded.backend.name,
        device=loaded.backend.device,
        quantization=loaded.backend.quantization,
        model=opened.model,
        fingerprint=loaded.fingerprint,
        ctx_tokens=loaded.ctx_tokens,
        experts=len(bank.champions(loaded.entries)),
        load_ms=(time.monotonic_ns() - started) / 1e6,
        notes=opened.notes,
    )
