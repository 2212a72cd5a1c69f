"""What the worker can do: one method a request, each a generator of events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from pydantic import ValidationError

from vortex_tui import settings
from vortex_tui.engine import choosing, generation, loading, scoring
from vortex_tui.engine.backends.base import MemorySplit
from vortex_tui.engine.loading import Emit, Loaded
from vortex_tui.engine.peak_memory import peak_rss
from vortex_tui.engine.protocol import (
    AnyRequest,
    Attach,
    Count,
    Detach,
    Embed,
    Event,
    ExpertInfo,
    ExpertList,
    Generate,
    GetStats,
    ListExperts,
    Load,
    Result,
    Route,
    Score,
    Stats,
    Tokenize,
    Unload,
)
from vortex_tui.engine.scheduler import Job, Steps
from vortex_tui.errors import ExpertError, ModelError, ProfileError
from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry

_MIB = 1024 * 1024
# Of an answer in parts: few enough for any line, enough to be a batch.
_ROWS = 16
CAPABILITIES = (
    "load", "unload", "generate", "cancel", "route", "embed", "score", "tokenize", "count",
    "experts", "attach", "detach", "stats", "shutdown", "batch",
)  # fmt: skip


class Runtime:
    """Holds what is loaded. Its generators run in the engine's one thread; ``stats`` in any."""

    def __init__(self, data_dir: Path, emit: Emit) -> None:
        self._data_dir = data_dir
        self._emit = emit
        self._loaded: Loaded | None = None
        self._loading = False
        self._process = psutil.Process()
        self._methods: dict[type[Event] | type[Any], Callable[[Any, Job, int], Steps]] = {
            Load: self._load,
            Unload: self._unload,
            Generate: self._generate,
            Route: self._route,
            Embed: self._embed,
            Score: self._score,
            Tokenize: self._tokenize,
            Count: self._count,
            ListExperts: self._experts,
            Attach: self._attach,
            Detach: self._detach,
        }

    def job(self, request: AnyRequest) -> Job:
        """The job that serves a request; what changes the weights in memory runs alone."""
        method = self._methods[type(request)]
        started = time.monotonic_ns()
        alone = isinstance(request, (Load, Unload, Attach, Detach))
        return Job(request.id, lambda job: method(request, job, started), alone)

    def _model(self) -> Loaded:
        if self._loaded is None:
            raise ModelError("no model is loaded", mend="load a profile first")
        return self._loaded

    def _load(self, request: Load, _job: Job, _started: int) -> Iterator[Event | None]:
        yield from self._release()
        self._loading = True
        try:
            self._loaded, ready = loading.load(request, self._data_dir, self._emit)
        finally:
            self._loading = False
        yield ready

    def _release(self) -> Iterator[None]:
        # Let go of the name first: statistics are read from another thread.
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.routers.close()
            loaded.backend.close()
        yield None

    def _unload(self, request: Unload, _job: Job, _started: int) -> Iterator[Event | None]:
        yield from self._release()
        yield Result(id=request.id, last=True)

    def _generate(self, request: Generate, job: Job, started: int) -> Iterator[Event | None]:
        yield from generation.generate(self._model(), request, job, started)

    def _route(self, request: Route, job: Job, _started: int) -> Iterator[Event | None]:
        loaded = self._model()
        router = loaded.routers.own if request.router is None else loaded.routers.of(_wanted(request.router))
        for row, conversation in enumerate(request.conversations):
            job.check()
            ids = generation.fit(loaded, conversation, 1).ids
            _, told = choosing.decide(loaded, request.id, row, conversation, request.choice, ids, router)
            yield told.model_copy(update={"last": row == len(request.conversations) - 1})

    def _embed(self, request: Embed, job: Job, _started: int) -> Iterator[Event | None]:
        loaded = self._model()
        encode = loaded.routers.encoder.encode if loaded.routers.encoder else loaded.backend.embed
        for start in range(0, len(request.texts), _ROWS):
            job.check()
            vectors = encode(request.texts[start : start + _ROWS])
            last = start + _ROWS >= len(request.texts)
            yield Result(id=request.id, last=last, vectors=tuple(map(tuple, vectors.tolist())))

    def _score(self, request: Score, job: Job, _started: int) -> Iterator[Event | None]:
        yield from scoring.score(self._model(), request, job)

    def _tokenize(self, request: Tokenize, _job: Job, _started: int) -> Iterator[Event | None]:
        backend = self._model().backend
        ids = backend.encode(request.text)
        yield Result(id=request.id, last=True, tokens=tuple(ids), count=len(ids), text=backend.decode(ids))

    def _count(self, request: Count, _job: Job, _started: int) -> Iterator[Event | None]:
        loaded = self._model()
        ids = loaded.backend.encode_chat(generation.with_system(loaded, request.conversation))
        yield Result(id=request.id, last=True, count=len(ids))

    def _experts(self, request: ListExperts, _job: Job, _started: int) -> Iterator[Event | None]:
        loaded = self._model()
        listed = tuple(_info(entry, loaded) for entry in loaded.entries)
        yield ExpertList(id=request.id, last=True, experts=listed)

    def _attach(self, request: Attach, _job: Job, _started: int) -> Iterator[Event | None]:
        loaded = self._model()
        spent = loaded.residents.attach(loaded.find(request.expert))
        yield Result(id=request.id, last=True, milliseconds=spent)

    def _detach(self, request: Detach, _job: Job, _started: int) -> Iterator[Event | None]:
        loaded = self._model()
        manifest = bank.usable(loaded.find(request.expert))
        if manifest.content_hash not in loaded.residents.hashes:
            raise ExpertError(f"{manifest.id} is not resident")
        loaded.residents.detach(manifest.content_hash)
        yield Result(id=request.id, last=True)

    def stats(self, request: GetStats, waiting: int) -> Stats:
        """What the worker uses now; safe to call while it computes."""
        loaded = self._loaded
        memory = self._process.memory_info()
        vram, peak = loaded.backend.vram_mb() if loaded else (None, None)
        split = loaded.backend.memory_split() if loaded else MemorySplit()
        return Stats(
            id=request.id,
            last=True,
            state="loading"
            if self._loading
            else "empty"
            if loaded is None
            else "busy"
            if waiting
            else "ready",
            rss_mb=memory.rss / _MIB,
            rss_peak_mb=peak_rss(memory) / _MIB,
            vram_mb=vram,
            vram_peak_mb=peak,
            resident_experts=loaded.residents.ids if loaded else (),
            queued=waiting,
            kv_host_mb=loaded.backend.kv_host_bytes / _MIB if loaded else 0.0,
            kv_lookups=loaded.kv_lookups if loaded else 0,
            kv_hits=loaded.kv_hits if loaded else 0,
            warnings=loaded.residents.warnings if loaded else (),
            pid=self._process.pid,
            device=loaded.backend.device if loaded else "",
            weights_mb=_mib(split.weights),
            experts_mb=_mib(split.experts),
            kv_mb=_mib(split.kv),
        )


def _mib(count: int | None) -> float | None:
    return None if count is None else count / _MIB


def _wanted(table: dict[str, Any]) -> settings.Router:
    """The settings that a request brings. Raises ProfileError."""
    try:
        return settings.Router.model_validate(table)
    except ValidationError as error:
        raise ProfileError("the router that was asked for is not valid", found=str(error)) from error


def _info(entry: BankEntry, loaded: Loaded) -> ExpertInfo:
    manifest = entry.manifest
    return ExpertInfo(
        id=entry.id,
        domain=manifest.domain if manifest else entry.id.split("/", 1)[0],
        title=manifest.title if manifest else "",
        content_hash=manifest.content_hash if manifest else "",
        rank=manifest.rank if manifest else 0,
        bytes=entry.bytes,
        exemplars=manifest.exemplar_count if manifest else 0,
        resident=bool(manifest and manifest.content_hash in loaded.residents.hashes),
        problem=entry.problem,
    )
