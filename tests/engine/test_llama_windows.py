"""Models with a sliding window reuse only what their windows allow: a warm answer is the cold one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import gguf_models
from tests.support.decoding import finish
from vortex_tui.engine.backends.llama.backend import LlamaBackend, Settings
from vortex_tui.engine.protocol import Sampling
from vortex_tui.errors import ModelError
from vortex_tui.experts.mix import Mix

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")

WINDOW = 16
GREEDY = Sampling(max_new_tokens=12, temperature=0.0, min_new_tokens=12)
LONG = [(7 * place) % 1900 + 20 for place in range(100)]


def nothing(*_: object) -> Path:
    raise ModelError("there are no experts here")


@pytest.fixture(scope="module", params=["gemma2", "gemma3"])
def backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LlamaBackend]:
    folder = tmp_path_factory.mktemp(request.param)
    model = getattr(gguf_models, request.param)(folder / "model", WINDOW)
    gguf_models.write(model, folder / "model.gguf")
    opened = LlamaBackend(
        folder / "model.gguf", Settings(256, kv_host_mb=8), nothing, nothing, lambda *_: None
    )
    assert opened._weights.window == WINDOW
    yield opened
    opened.close()


def asked(backend: LlamaBackend, prompt: list[int]) -> tuple[list[int], int]:
    tokens, spared = finish(backend.start([prompt], GREEDY, Mix()), GREEDY.max_new_tokens, backend.stop_ids)
    return tokens, spared.tokens


def cold(backend: LlamaBackend, prompt: list[int]) -> list[int]:
    backend._memory.forget()
    tokens, reused = asked(backend, prompt)
    assert reused == 0
    return tokens


def test_a_follow_up_goes_on_from_the_whole_past(backend: LlamaBackend) -> None:
    first = cold(backend, LONG)
    follow_up = [*LONG, *first[:-1], 77, 78, 79]
    expected = cold(backend, follow_up)
    assert cold(backend, LONG) == first
    warm, reused = asked(backend, follow_up)
    assert warm == expected
    assert reused >= len(LONG)


@pytest.mark.parametrize("shared", [10, 60, 95])
def test_a_prompt_that_shares_a_beginning_only_is_answered_as_if_cold(
    backend: LlamaBackend, shared: int
) -> None:
    other = [*LONG[:shared], *(1950 - place for place in range(40))]
    expected = cold(backend, other)
    cold(backend, LONG)
    assert asked(backend, other)[0] == expected
    assert asked(backend, LONG)[0] == cold(backend, LONG)


def test_a_snapshot_brings_the_window_back(backend: LlamaBackend) -> None:
    first = cold(backend, LONG)
    asked(backend, [1000 + place for place in range(240)])  # takes nearly all cells
    again, reused = asked(backend, LONG)
    assert again == first
    assert reused in (0, len(LONG) - 1)


def test_on_a_cpu_it_tells_its_weights_and_nothing_it_does_not_know(backend: LlamaBackend) -> None:
    split = backend.memory_split()
    assert (split.weights is None) == backend._weights.on_gpu
    assert split.weights is None or split.weights > 0
    assert (split.experts, split.kv) == (None, None)
