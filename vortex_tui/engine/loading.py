"""From a profile to something that answers: base, bank, residency, router."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vortex_tui.engine import encoding, heap, model_folder, opening, staying
from vortex_tui.engine.backends.base import Backend, OnStage
from vortex_tui.engine.budget import adapters, measured, record
from vortex_tui.engine.opening import Opened
from vortex_tui.engine.protocol import Event, Load, Progress, Ready
from vortex_tui.engine.residency import Residents
from vortex_tui.engine.routers import Routers
from vortex_tui.experts import aliases, bank, bank_index, standing
from vortex_tui.experts.bank import BankEntry
from vortex_tui.profile import Profile, parse

Emit = Callable[[Event], None]


@dataclass(slots=True)
class Loaded:
    """A profile's model in memory, with its bank and its router."""

    profile: Profile
    backend: Backend
    fingerprint: str
    ctx_tokens: int
    entries: list[BankEntry]
    aside: list[BankEntry]
    candidates: list[BankEntry]
    residents: Residents
    routers: Routers
    on_trial: Routers | None = None
    stamp: aliases.Stamp = ()
    answered: staying.Memory = field(default_factory=staying.Memory)
    kv_lookups: int = 0
    kv_hits: int = 0
    _names: bank.Names = field(init=False)

    def __post_init__(self) -> None:
        self._names = bank.Names([*self.candidates, *self.aside, *self.entries])

    def find(self, name: str) -> BankEntry:
        """An expert by id or domain. Raises ExpertError."""
        return self._names.find(name)

    def furnish(self, entries: list[BankEntry], routers: Routers, stamp: aliases.Stamp) -> None:
        """Take another bank with its routers."""
        names = bank.Names([*self.aside, *entries])
        self.entries, self.routers, self.stamp, self._names = entries, routers, stamp, names


def _entries(profile: Profile, data_dir: Path, base: str) -> list[BankEntry]:
    with_nano = profile.core.hf_model == model_folder.NANO
    cache = bank_index.folder_of(data_dir)
    return standing.entries(base, data_dir, with_nano=with_nano, cache=cache)


def outdated(loaded: Loaded, data_dir: Path) -> bool:
    """Whether the aliases were written since the bank was read; costs one look at a file's times.

    A bank in which candidates are judged stays as it was loaded: half of a judgement in another bank would be
    none, and promotion refuses one that was made in a bank that is gone.
    """
    return not loaded.candidates and aliases.stamp(data_dir) != loaded.stamp


def renew(loaded: Loaded, data_dir: Path) -> None:
    """Read the bank again and route over it. Base, residents and kept K/V stay: they go by content hash.

    Only while nothing else runs. Raises StorageError when the aliases are damaged; then nothing changed.
    """
    stamp = aliases.stamp(data_dir)
    entries = _entries(loaded.profile, data_dir, loaded.fingerprint)
    routers = Routers(loaded.profile, entries, loaded.backend, loaded.routers.encoder, data_dir)
    loaded.furnish(entries, routers, stamp)


def load(request: Load, data_dir: Path, emit: Emit) -> tuple[Loaded, Ready]:
    """Load a profile, telling each stage. Raises ModelError, BudgetError, ExpertError or ProfileError."""
    started = time.monotonic_ns()

    def on_stage(stage: str, done: float) -> None:
        emit(Progress(id=request.id, stage=stage, fraction=done))

    profile = parse(request.profile, Path(f"{request.name}.toml"))
    encoding.check(profile.experts.router.encoder)
    on_stage("files", 0.0)
    stamp = aliases.stamp(data_dir)
    shelf: dict[str, list[BankEntry]] = {}

    def largest(base: str) -> tuple[int, ...]:
        shelf[base] = _entries(profile, data_dir, base)
        return adapters.largest(shelf[base], profile.experts.max_loaded)

    opened = opening.open_backend(profile, data_dir, on_stage, largest)
    with ExitStack() as undo:
        undo.callback(opened.backend.close)
        heap.trim()
        memory = measured.report(opened.admission, opened.backend)
        loaded = _furnished(profile, data_dir, opened, shelf[opened.identity], request, on_stage)
        # Taken before the bank was read: what changed since is read again before the first answer.
        loaded.stamp = stamp
        undo.pop_all()
    ready = _ready(request, loaded, opened, started).model_copy(update={"memory": memory})
    record.keep(profile, data_dir, ready)
    return loaded, ready


def _furnished(
    profile: Profile,
    data_dir: Path,
    opened: Opened,
    entries: list[BankEntry],
    request: Load,
    on_stage: OnStage,
) -> Loaded:
    """The opened backend with its experts and its router."""
    backend, identity = opened.backend, opened.identity
    on_stage("router", 0.85)
    encoder = encoding.open_encoder(profile.experts.router.encoder, backend, identity)
    candidates = bank.aside(identity, map(Path, request.candidates))
    routers = partial(Routers, profile, entries, backend, encoder, data_dir)
    return Loaded(
        profile=profile,
        backend=backend,
        fingerprint=identity,
        ctx_tokens=opened.ctx_tokens,
        entries=entries,
        aside=bank.aside(identity, map(Path, request.aside)),
        candidates=candidates,
        residents=Residents(backend, identity, profile.experts.max_loaded, opened.admission.room("experts")),
        routers=routers(),
        on_trial=routers(candidates) if candidates else None,
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
        encoder=loaded.routers.ground.encoder_digest,
        router=loaded.routers.ground.digest,
        layers=dict(loaded.backend.layers),
        notes=(*opened.notes, *loaded.routers.notes),
    )
