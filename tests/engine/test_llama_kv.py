"""K/V that knows its mix: whatever was asked before, under whatever mix, an answer is the cold one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends.base import Spared
from vortex_tui.engine.backends.llama import memory as memories
from vortex_tui.engine.backends.llama.backend import LlamaBackend, Settings
from vortex_tui.engine.kept import Entry, Ids, Kept
from vortex_tui.engine.protocol import ChatMessage, Sampling
from vortex_tui.errors import ModelError
from vortex_tui.experts import adapter, bank
from vortex_tui.experts import mix as mixes
from vortex_tui.experts.mix import Mix, MixPart
from vortex_tui.gguf import convert, geometry

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")

CELLS = 512
GREEDY = Sampling(max_new_tokens=10, temperature=0.0)
# Past its natural end an answer hangs by a thread: small differences show.
ON = Sampling(max_new_tokens=40, temperature=0.0, min_new_tokens=40)
QUESTIONS = (
    "What is 37 + 58?",
    "12 + 30",
    "Write 14 in Roman numerals",
    "Show all users",
    "3 km in m",
    "hello",
)
turns = st.lists(st.tuples(st.integers(0, 3), st.integers(0, len(QUESTIONS) - 1)), min_size=2, max_size=7)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def opened(data: Path, *, speculate: bool = False, compose: bool = False) -> LlamaBackend:
    """Nano's GGUF with three of its experts; without ``compose`` mixes stay in parts."""
    folder = model_folder.inspect(model_folder.locate("nano"))
    sizes = geometry.of_config(folder.config)

    def converted(of: adapter.Adapter) -> Path:
        return convert.expert(of, sizes, data).path

    def composed(mix_hash: str, parts: Sequence[tuple[Path, float]]) -> Path:
        if not compose:
            raise ModelError("no mix is composed here")
        return convert.mix(mix_hash, parts, "nano", data).path

    file = convert.base(folder, data).path
    wanted = Settings(CELLS, "f16", 8, speculate)
    backend = LlamaBackend(file, wanted, converted, composed, lambda _stage, _done: None)
    for entry in bank.scan(fingerprint.of_folder(folder), [paths.nano() / "experts"])[:3]:
        assert entry.manifest is not None
        backend.attach(adapter.read(entry.manifest, entry.folder))
    return backend


@pytest.fixture(scope="module")
def backend(data: Path) -> Iterator[LlamaBackend]:
    backend = opened(data)
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def speculating(data: Path) -> Iterator[LlamaBackend]:
    backend = opened(data, speculate=True)
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def mixed() -> list[Mix]:
    folder = model_folder.inspect(model_folder.locate("nano"))
    found = bank.scan(fingerprint.of_folder(folder), [paths.nano() / "experts"])[:3]
    parts = [MixPart(e.id, e.manifest.content_hash, 1.0) for e in found if e.manifest]
    half = [MixPart(part.expert, part.content_hash, 0.5) for part in parts[:2]]
    return [Mix(), mixes.make(parts[:1]), mixes.make(parts[1:2]), mixes.make(half)]


def answers(
    backend: LlamaBackend, prompts: list[list[int]], mix: Mix, sampling: Sampling = GREEDY
) -> tuple[list[list[int]], list[Spared]]:
    """What each prompt is answered, in one batch, and what each was spared."""
    decoding = backend.start(prompts, sampling, mix)
    rows: list[list[int]] = [[] for _ in prompts]
    spared = [Spared() for _ in prompts]
    left = set(range(len(prompts)))
    while left:
        for row, tokens in decoding.step().items():
            rows[row] += tokens
            if tokens[-1] in backend.stop_ids or len(rows[row]) == sampling.max_new_tokens:
                spared[row] = decoding.spared(row)
                decoding.drop(row)
                left.remove(row)
    decoding.close()
    return rows, spared


def answer(backend: LlamaBackend, prompt: list[int], mix: Mix) -> list[int]:
    return answers(backend, [prompt], mix)[0][0]


def conversation(
    backend: LlamaBackend, asked: list[tuple[int, int]], mixed: list[Mix], *, cold: bool
) -> list[list[int]]:
    """Answers of one conversation whose turns are under different mixes."""
    messages: list[ChatMessage] = []
    said = []
    backend._memory.forget()
    for mix, question in asked:
        messages.append(ChatMessage(role="user", content=QUESTIONS[question]))
        if cold:
            backend._memory.forget()
        said.append(answer(backend, backend.encode_chat(tuple(messages)), mixed[mix]))
        messages.append(ChatMessage(role="assistant", content=backend.decode(said[-1]).strip() or "?"))
    return said


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns)
def test_warm_answers_are_the_cold_ones(
    backend: LlamaBackend, mixed: list[Mix], asked: list[tuple[int, int]]
) -> None:
    assert conversation(backend, asked, mixed, cold=False) == conversation(backend, asked, mixed, cold=True)


COPYING = "Repeat: red green blue red green blue red green blue red green blue. " * 3


def test_drafts_change_nothing_and_save_evaluations(
    backend: LlamaBackend, speculating: LlamaBackend, mixed: list[Mix]
) -> None:
    sampling = Sampling(max_new_tokens=120, temperature=0.0, min_new_tokens=120)
    prompts = [backend.encode_chat((ChatMessage(role="user", content=text),)) for text in (COPYING, "hello")]
    for mix in mixed:
        plain, _ = answers(backend, prompts, mix, sampling)
        fast, spared = answers(speculating, prompts, mix, sampling)
        assert fast == plain
        assert sum(row.accepted for row in spared) <= sum(row.drafted for row in spared)
    assert any(row.accepted for row in spared)


def test_drafts_do_not_change_what_a_seed_draws(
    backend: LlamaBackend, speculating: LlamaBackend, mixed: list[Mix]
) -> None:
    sampling = Sampling(max_new_tokens=60, temperature=1.2, seed=7)
    prompt = backend.encode_chat((ChatMessage(role="user", content=COPYING),))
    assert (
        answers(speculating, [prompt], mixed[1], sampling)[0]
        == answers(backend, [prompt], mixed[1], sampling)[0]
    )


def test_a_mix_that_comes_again_is_composed_and_answers_alike(data: Path, mixed: list[Mix]) -> None:
    backend = opened(data, compose=True)
    prompt = backend.encode_chat((ChatMessage(role="user", content=QUESTIONS[0]),))
    separate = answer(backend, prompt, mixed[3])
    forms = set()
    deadline = time.monotonic() + 60
    while len(forms) < 2 and time.monotonic() < deadline:
        forms.add(backend._mixes.form(mixed[3]).key)
    assert len(forms) == 2
    assert backend.known(prompt, mixed[3]) == 0
    again, spared = answers(backend, [prompt], mixed[3])
    assert spared[0].tokens == 0, "K/V of the separate form must not serve the composed one"
    assert again == [separate]
    assert answers(backend, [prompt], mixed[3])[1][0].tokens == len(prompt) - 1
    backend.close()


def test_tokens_come_in_slices_but_the_first_alone(backend: LlamaBackend, mixed: list[Mix]) -> None:
    sampling = Sampling(max_new_tokens=200, temperature=0.0, min_new_tokens=200)
    decoding = backend.start([backend.encode("hello")], sampling, mixed[0])
    sizes = []
    while sum(sizes) < 200:
        sizes += [len(tokens) for tokens in decoding.step().values()]
    decoding.close()
    assert sizes[0] == 1
    assert max(sizes) > 1
    assert sum(sizes) == 200


def test_going_back_to_a_mix_finds_its_own_cells(backend: LlamaBackend, mixed: list[Mix]) -> None:
    prompt = backend.encode_chat((ChatMessage(role="user", content="What is 37 + 58?"),))
    backend._memory.forget()
    first = answer(backend, prompt, mixed[1])
    answer(backend, prompt, mixed[2])
    lease = backend._memory.lease(mixed[1].hash, prompt, 64)
    assert lease is not None
    assert lease.reused == len(prompt) - 1
    backend._memory.release(lease)
    assert answer(backend, prompt, mixed[1]) == first


def test_a_snapshot_serves_when_its_cells_are_gone(backend: LlamaBackend, mixed: list[Mix]) -> None:
    prompt = backend.encode_chat((ChatMessage(role="user", content="What is 37 + 58?"),))
    backend._memory.forget()
    first = answer(backend, prompt, mixed[1])
    full = backend._memory.lease(mixed[2].hash, [5, 6, 7], CELLS)
    assert full is not None
    backend._memory.release(full)
    lease = backend._memory.lease(mixed[1].hash, prompt, 64)
    assert lease is not None
    assert lease.restored_bytes > 0
    assert lease.reused == len(prompt) - 1
    backend._memory.release(lease)
    assert answer(backend, prompt, mixed[1]) == first


def test_stale_cells_would_be_noticed(
    backend: LlamaBackend, mixed: list[Mix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with a cache that forgets to ask for the mix, the answers differ."""
    prompt = backend.encode_chat((ChatMessage(role="user", content="What is 37 + 58?"),))
    backend._memory.forget()
    cold, _ = answers(backend, [prompt], mixed[1], ON)
    backend._memory.forget()
    answers(backend, [prompt], mixed[2], ON)
    honest = Kept.best

    def careless(kept: Kept[int], _mix: str, ids: Ids) -> tuple[Entry[int] | None, int]:
        return max(
            (honest(kept, entry.mix, ids) for entry in kept._entries), key=lambda b: b[1], default=(None, 0)
        )

    monkeypatch.setattr(memories.Kept, "best", careless)
    assert answers(backend, [prompt], mixed[1], ON)[0] != cold
