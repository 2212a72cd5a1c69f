"""What the worker says its memory is used for, held against the files and the shapes."""

from __future__ import annotations

import math

import pytest
import safetensors.numpy
import safetensors.torch

from tests.support.decoding import finish
from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends.hf import HfBackend
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.protocol import GetStats, Sampling, Stats
from vortex_tui.engine.runtime import Runtime
from vortex_tui.experts import adapter, bank
from vortex_tui.experts import mix as mixes
from vortex_tui.experts.mix import Mix, MixPart

FLOAT = 4


@pytest.fixture(scope="module")
def base() -> ModelFolder:
    return model_folder.inspect(model_folder.locate("nano"))


@pytest.fixture
def backend(base: ModelFolder):
    opened = HfBackend(base, "none", lambda *_: None, kv_host_mb=32)
    yield opened
    opened.close()


def _values(base: ModelFolder) -> int:
    return sum(t.numel() for file in base.headers for t in safetensors.torch.load_file(file).values())


def _adapters(base: ModelFolder, count: int) -> list[adapter.Adapter]:
    entries = bank.scan(fingerprint.of_folder(base), [paths.nano() / "experts"])[:count]
    return [adapter.read(entry.manifest, entry.folder) for entry in entries if entry.manifest]


def _bytes(one: adapter.Adapter) -> int:
    return sum(math.prod(t.shape) * FLOAT for t in safetensors.numpy.load(one.weights).values())


def test_plain_weights_are_those_of_the_files(base: ModelFolder, backend: HfBackend) -> None:
    files = _values(base) * FLOAT
    told = backend.memory_split().weights
    assert told is not None
    # Beside the files: the rotary frequencies, which are computed.
    assert files <= told < files * 1.01


def test_quantised_weights_are_smaller_and_their_scales_are_counted(base: ModelFolder) -> None:
    backend = HfBackend(base, "nf4", lambda *_: None)
    told = backend.memory_split().weights
    linear = [m for m in backend._model.modules() if type(m).__name__ == "Linear4bit"]
    bare = sum(t.nbytes for t in [*backend._model.parameters(), *backend._model.buffers()])
    assert told is not None
    assert linear
    assert bare < told < _values(base) * FLOAT
    backend.close()


def test_experts_are_the_sum_of_their_factors_and_go_when_detached(
    base: ModelFolder, backend: HfBackend
) -> None:
    first, second = _adapters(base, 2)
    assert backend.memory_split().experts == 0
    backend.attach(first)
    backend.attach(second)
    assert backend.memory_split().experts == _bytes(first) + _bytes(second)
    assert backend.memory_split().weights == HfBackend(base, "none", lambda *_: None).memory_split().weights
    backend.detach(first.content_hash)
    assert backend.memory_split().experts == _bytes(second)


def test_a_composed_mix_weighs_something(base: ModelFolder, backend: HfBackend) -> None:
    parts = []
    for one in _adapters(base, 2):
        backend.attach(one)
        parts.append(MixPart(one.manifest.id, one.content_hash, 0.5))
    before = backend.memory_split().experts
    mix = mixes.make(parts)
    for _ in range(2):
        backend._slots.form(mix)
    assert backend.memory_split().experts > before


def test_kv_is_that_of_the_tokens_while_it_runs_and_when_it_is_kept(backend: HfBackend) -> None:
    prompt = backend.encode("What is 37 + 58?")
    config = backend._model.config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    token = 2 * config.num_hidden_layers * config.num_key_value_heads * head * FLOAT
    assert backend.memory_split().kv == 0
    running = backend.start([prompt], Sampling(max_new_tokens=4, min_new_tokens=4, temperature=0.0), Mix())
    running.step()
    assert backend.memory_split().kv >= len(prompt) * token
    finish(running, 3)
    kept = backend.memory_split().kv
    assert kept is not None
    # The last token was sampled and never evaluated.
    assert kept == (len(prompt) + 3) * token
    backend._memory.forget()
    assert backend.memory_split().kv == 0


def test_stats_without_a_model_say_nothing_of_it(tmp_path) -> None:
    stats = Runtime(tmp_path, lambda _: None).stats(GetStats(id=1), 0)
    assert isinstance(stats, Stats)
    assert stats.pid > 0
    assert (stats.device, stats.weights_mb, stats.experts_mb, stats.kv_mb) == ("", None, None, None)
