"""Three ways to decode the same file: a bare loop over llama.cpp, llama-cpp-python, and the engine."""

from __future__ import annotations

import contextlib
import ctypes
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import llama_cpp

from vortex_tui.engine.backends.llama.backend import threads_for
from vortex_tui.engine.client import Engine
from vortex_tui.settings import Profile

__all__ = ["bare_loop", "binding_loop", "engine_on", "threads_for"]

_PROMPT = [1, 5, 9, 13, 17, 21, 25, 29]
_CELLS = 1024
_loaded: dict[tuple[Path, int], Any] = {}


def _binding(file: Path, threads: int) -> Any:
    """llama-cpp-python's own class, kept between rounds."""
    if (file, threads) not in _loaded:
        _loaded[file, threads] = llama_cpp.Llama(
            str(file), n_ctx=_CELLS, n_threads=threads, n_threads_batch=threads, verbose=False
        )
    return _loaded[file, threads]


def binding_loop(file: Path, threads: int, count: int) -> float:
    """Tokens a second of ``Llama.generate``, greedy, after the first token."""
    model = _binding(file, threads)
    model.reset()
    tokens = model.generate(_PROMPT, temp=0.0, repeat_penalty=1.0, top_k=1)
    next(tokens)
    before = time.perf_counter()
    for _ in range(count - 1):
        next(tokens)
    return (count - 1) / (time.perf_counter() - before)


def bare_loop(file: Path, threads: int, count: int) -> float:
    """Tokens a second of ``llama_decode`` and a greedy sampler in the shortest loop there is."""
    context = _binding(file, threads).ctx
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
    sampler = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    llama_cpp.llama_sampler_chain_add(sampler, llama_cpp.llama_sampler_init_greedy())
    prompt = (ctypes.c_int32 * len(_PROMPT))(*_PROMPT)
    llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(prompt, len(_PROMPT)))
    one = (ctypes.c_int32 * 1)(llama_cpp.llama_sampler_sample(sampler, context, -1))
    batch = llama_cpp.llama_batch_get_one(one, 1)
    before = time.perf_counter()
    for _ in range(count - 1):
        llama_cpp.llama_decode(context, batch)
        one[0] = llama_cpp.llama_sampler_sample(sampler, context, -1)
    rate = (count - 1) / (time.perf_counter() - before)
    llama_cpp.llama_sampler_free(sampler)
    return rate


@contextlib.asynccontextmanager
async def engine_on(file: Path | None, data: Path, speculation: str = "off") -> AsyncIterator[Engine]:
    """The worker with this file, or with nano as F16 and its bank."""
    core = {"backend": "llama_cpp", "hf_quantization": "none", "speculation": speculation}
    profile = Profile.model_validate(
        {
            "core": {**core, "llama_cpp_model_path": str(file or "")},
            "budget": {"ctx_tokens": 4096 if file is None else _CELLS},
            "experts": {"router": {"mode": "manual"}},
        }
    )
    async with Engine(data, face="benchmark") as engine:
        await engine.load(profile)
        yield engine
