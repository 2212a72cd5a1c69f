"""K/V of the hf backend knows its mix: a warm answer is the cold one, wherever its K/V was kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.decoding import GREEDY, finish
from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends import hf_decode, hf_kept
from vortex_tui.engine.backends.base import Spared
from vortex_tui.engine.backends.hf import HfBackend
from vortex_tui.engine.backends.hf_cache import Saved
from vortex_tui.engine.backends.hf_kept import Memory
from vortex_tui.engine.kept import Entry, Ids, Kept
from vortex_tui.engine.protocol import ChatMessage, Sampling
from vortex_tui.experts import adapter, bank
from vortex_tui.experts import mix as mixes
from vortex_tui.experts.mix import Mix, MixPart

MIB = 1024 * 1024
# Past its natural end an answer hangs by a thread: small differences show.
ON = Sampling(max_new_tokens=40, temperature=0.0, min_new_tokens=40)
QUESTIONS = ("What is 37 + 58?", "12 + 30", "Write 14 in Roman numerals", "Show all users", "hello")
turns = st.lists(st.tuples(st.integers(0, 2), st.integers(0, len(QUESTIONS) - 1)), min_size=1, max_size=2)


@pytest.fixture(scope="module")
def opened() -> Iterator[HfBackend]:
    folder = model_folder.inspect(model_folder.locate("nano"))
    backend = HfBackend(folder, "nf4", lambda *_: None, ctx_tokens=1024, kv_host_mb=32)
    for entry in bank.scan(fingerprint.of_folder(folder), [paths.nano() / "experts"])[:2]:
        assert entry.manifest is not None
        backend.attach(adapter.read(entry.manifest, entry.folder))
    yield backend
    backend.close()


@pytest.fixture
def backend(opened: HfBackend, mixed: list[Mix]) -> HfBackend:
    """Nano with nothing kept, its snapshots being all there is, as on every CPU."""
    for _ in range(2):  # a mix has the form it will keep: its two forms agree up to rounding only
        opened._slots.form(mixed[2])
    opened._memory = Memory(opened._model, 0, 32 * MIB)
    return opened


@pytest.fixture(scope="module")
def mixed() -> list[Mix]:
    folder = model_folder.inspect(model_folder.locate("nano"))
    found = bank.scan(fingerprint.of_folder(folder), [paths.nano() / "experts"])[:2]
    parts = [MixPart(e.id, e.manifest.content_hash, 1.0) for e in found if e.manifest]
    half = [MixPart(part.expert, part.content_hash, 0.5) for part in parts]
    return [mixes.make(parts[:1]), mixes.make(parts[1:]), mixes.make(half)]


def answer(
    backend: HfBackend, prompt: list[int], mix: Mix, sampling: Sampling = GREEDY
) -> tuple[list[int], Spared]:
    return finish(backend.start([prompt], sampling, mix), sampling.max_new_tokens, backend.stop_ids)


def asked(backend: HfBackend, *said: str) -> list[int]:
    roles = ("user", "assistant")
    return backend.encode_chat(
        tuple(ChatMessage(role=roles[i % 2], content=text) for i, text in enumerate(said))
    )


def conversation(
    backend: HfBackend, plan: list[tuple[int, int]], mixed: list[Mix], *, cold: bool
) -> list[list[int]]:
    """Answers of one conversation whose turns are under different mixes."""
    said: list[str] = []
    answers = []
    for mix, question in plan:
        said.append(QUESTIONS[question])
        if cold:
            backend._memory.forget()
        answers.append(answer(backend, asked(backend, *said), mixed[mix])[0])
        said.append(backend.decode(answers[-1]).strip() or "?")
    return answers


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=turns, between=turns, on_device=st.sampled_from([0, 120, 1024]))
def test_warm_answers_are_the_cold_ones(
    backend: HfBackend,
    mixed: list[Mix],
    first: list[tuple[int, int]],
    between: list[tuple[int, int]],
    on_device: int,
) -> None:
    backend._memory = Memory(backend._model, on_device, 32 * MIB)
    plan = first + between + first
    assert conversation(backend, plan, mixed, cold=False) == conversation(backend, plan, mixed, cold=True)


def test_a_follow_up_reuses_exactly_what_was_evaluated(backend: HfBackend, mixed: list[Mix]) -> None:
    prompt = asked(backend, QUESTIONS[0])
    tokens, first = answer(backend, prompt, mixed[0])
    assert first == Spared()
    # The last token of an answer is chosen and never evaluated.
    follow_up = prompt + tokens + [7, 8, 9]
    evaluated = len(prompt) + len(tokens) - 1
    assert backend.known(follow_up, mixed[0]) == evaluated
    assert backend.known(follow_up, mixed[1]) == 0
    warm, reuse = answer(backend, follow_up, mixed[0])
    assert reuse.tokens == evaluated
    backend._memory.forget()
    assert (warm, Spared()) == answer(backend, follow_up, mixed[0])


def test_the_last_token_of_a_known_prompt_is_evaluated_anew(backend: HfBackend, mixed: list[Mix]) -> None:
    prompt = asked(backend, QUESTIONS[0])
    cold, _ = answer(backend, prompt, mixed[0])
    warm, reuse = answer(backend, prompt, mixed[0])
    assert reuse.tokens == len(prompt) - 1
    assert warm == cold


def test_going_back_to_a_mix_finds_its_own_snapshot(backend: HfBackend, mixed: list[Mix]) -> None:
    prompt = asked(backend, QUESTIONS[0])
    first, _ = answer(backend, prompt, mixed[0])
    other, reuse = answer(backend, prompt, mixed[1])
    assert reuse == Spared()
    assert other != first
    again, reuse = answer(backend, prompt, mixed[0])
    assert again == first
    assert reuse.tokens == len(prompt) - 1
    config = backend._model.config
    a_token = 2 * 4 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim
    assert reuse.restored_bytes == reuse.tokens * a_token
    assert reuse.restored_ms > 0
    assert backend.kv_host_bytes > reuse.restored_bytes


def test_what_is_on_the_device_is_not_copied_until_it_leaves(backend: HfBackend, mixed: list[Mix]) -> None:
    backend._memory = Memory(backend._model, 200, 32 * MIB)
    prompt = asked(backend, QUESTIONS[0])
    first, _ = answer(backend, prompt, mixed[0])
    again, reuse = answer(backend, prompt, mixed[0])
    assert (again, reuse) == (first, Spared(len(prompt) - 1))
    assert backend.kv_host_bytes == 0
    answer(backend, [5] * 190, mixed[1])
    assert backend.kv_host_bytes > 0
    again, reuse = answer(backend, prompt, mixed[0])
    assert again == first
    assert reuse.restored_bytes > 0


def test_without_host_memory_nothing_is_kept(backend: HfBackend, mixed: list[Mix]) -> None:
    backend._memory = Memory(backend._model, 0, 0)
    prompt = asked(backend, QUESTIONS[0])
    answer(backend, prompt, mixed[0])
    assert backend.kv_host_bytes == 0
    assert backend.known(prompt, mixed[0]) == 0
    assert answer(backend, prompt, mixed[0])[1] == Spared()


def test_the_oldest_snapshot_leaves_for_a_new_one(backend: HfBackend, mixed: list[Mix]) -> None:
    prompt = asked(backend, QUESTIONS[0])
    answer(backend, prompt, mixed[0])
    backend._memory = Memory(backend._model, 0, 2 * backend.kv_host_bytes)
    for mix in mixed:
        answer(backend, prompt, mix)
    assert backend.known(prompt, mixed[0]) == 0
    assert backend.known(prompt, mixed[2]) == len(prompt) - 1


def test_a_batch_keeps_nothing_and_its_rows_are_cold(backend: HfBackend, mixed: list[Mix]) -> None:
    prompts = [asked(backend, QUESTIONS[0]), asked(backend, QUESTIONS[1])]
    alone, _ = answer(backend, prompts[0], mixed[0])
    kept = backend.kv_host_bytes
    together = finish(backend.start(prompts, GREEDY, mixed[0]), GREEDY.max_new_tokens, backend.stop_ids)
    assert together == (alone, Spared())
    assert backend.kv_host_bytes == kept


def test_stale_kv_would_be_noticed(
    backend: HfBackend, mixed: list[Mix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with a cache that forgets to ask for the mix, the answers differ."""
    prompt = asked(backend, QUESTIONS[0])
    cold, _ = answer(backend, prompt, mixed[0], ON)
    backend._memory.forget()
    answer(backend, prompt, mixed[1], ON)
    honest = Kept.best

    def careless(kept: Kept[Saved], _mix: str, ids: Ids) -> tuple[Entry[Saved] | None, int]:
        found = (honest(kept, entry.mix, ids) for entry in kept._entries)
        return max(found, key=lambda best: best[1], default=(None, 0))

    monkeypatch.setattr(hf_kept.Kept, "best", careless)
    stale, reuse = answer(backend, prompt, mixed[0], ON)
    assert reuse.tokens == len(prompt) - 1
    assert stale != cold


def long_prompt(backend: HfBackend) -> list[int]:
    return asked(backend, " ".join(QUESTIONS * 20))[-700:]


def test_a_prompt_in_pieces_is_the_prompt_at_once(
    backend: HfBackend, mixed: list[Mix], monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = long_prompt(backend)
    assert len(prompt) > hf_decode.PIECE
    decoding = backend.start([prompt], GREEDY, mixed[0])
    assert decoding.step() == {}
    pieces, _ = finish(decoding, 6)
    parts = [keys.clone() for keys, _ in backend._memory._snapshots._entries[0].handle.layers]
    backend._memory.forget()
    monkeypatch.setattr(hf_decode, "PIECE", 4096)
    assert finish(backend.start([prompt], GREEDY, mixed[0]), 6)[0] == pieces
    whole = [keys for keys, _ in backend._memory._snapshots._entries[0].handle.layers]
    for one, other in zip(parts, whole, strict=True):
        torch.testing.assert_close(one, other, atol=2e-4, rtol=1e-4)


def test_a_prompt_cancelled_between_pieces_is_known_so_far(backend: HfBackend, mixed: list[Mix]) -> None:
    prompt = long_prompt(backend)
    cold, _ = answer(backend, prompt, mixed[0])
    backend._memory.forget()
    decoding = backend.start([prompt], GREEDY, mixed[0])
    assert decoding.step() == {}
    decoding.close()
    assert backend.known(prompt, mixed[0]) == hf_decode.PIECE
    assert answer(backend, prompt, mixed[0])[0] == cold


def test_a_pass_that_fails_leaves_nothing_behind(backend: HfBackend, mixed: list[Mix]) -> None:
    prompt = asked(backend, QUESTIONS[0])

    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    hook = backend._model.model.layers[3].register_forward_pre_hook(fail)
    decoding = backend.start([prompt], GREEDY, mixed[0])
    with pytest.raises(RuntimeError, match="out of memory"):
        decoding.step()
    hook.remove()
    decoding.close()
    assert backend.known(prompt, mixed[0]) == 0
