"""The budget while it runs: rows within the context, and what a load really took beside its estimate."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest
import torch

from vortex_tui import paths, profile
from vortex_tui.engine import model_folder, sizes
from vortex_tui.engine.backends import hf_card
from vortex_tui.engine.backends.hf import HfBackend
from vortex_tui.engine.backends.hf_card import within_budget
from vortex_tui.engine.backends.hf_kept import Memory
from vortex_tui.engine.budget import record
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import BARE, ChatMessage, Done, Sampling
from vortex_tui.errors import BudgetError
from vortex_tui.experts.mix import Mix

CELLS = 200


@pytest.fixture(scope="module")
def backend() -> HfBackend:
    return HfBackend(model_folder.inspect(paths.nano() / "base"), "nf4", lambda *_: None)


@pytest.fixture
def memory(backend: HfBackend) -> Memory:
    return Memory(backend._model, 0, 0, CELLS)


def test_rows_start_only_as_far_as_the_context_goes(memory: Memory) -> None:
    assert memory.startable([30, 30, 30], 20) == 3
    assert memory.startable([30, 30, 30, 30, 30], 20) == 4
    # Every row of a batch grows as long as its longest.
    assert memory.startable([30, 30, 80, 30], 20) == 2
    assert memory.startable([], 20) == 0


def test_a_row_that_fills_the_context_starts_alone_and_others_wait(memory: Memory) -> None:
    assert memory.startable([CELLS, 10], 50) == 1
    lease = memory.lease("base", [[5] * CELLS], 50)
    assert memory.startable([10], 5) == 0
    memory.release(lease)
    assert memory.startable([10], 5) == 1


def test_without_a_bound_all_start(backend: HfBackend) -> None:
    assert Memory(backend._model, 0, 0).startable([10**6] * 3, 10) == 3


async def test_a_batch_beyond_the_context_is_answered_in_parts_and_whole(tmp_path: Path) -> None:
    """Ten rows of which about three fit at once: each is answered as if it had been asked alone."""
    small = profile.load("nano").model_copy(
        update={"budget": profile.load("nano").budget.model_copy(update={"ctx_tokens": 128})}
    )
    rows = [(ChatMessage(role="user", content=f"What is {n} + 58?"),) for n in range(10)]
    sampling = Sampling(max_new_tokens=24, min_new_tokens=24, temperature=0.0)
    async with Engine(tmp_path, face="test") as engine:
        ready = await engine.load(small)
        assert ready.ctx_tokens == 128
        together = await _texts(engine, rows, sampling)
        for row in (0, 5, 9):
            assert (await _texts(engine, [rows[row]], sampling))[0] == together[row]


async def _texts(engine: Engine, rows: list[tuple[ChatMessage, ...]], sampling: Sampling) -> dict[int, str]:
    async with aclosing(engine.generate(rows, sampling, BARE)) as answer:
        return {event.index: event.text async for event in answer if isinstance(event, Done)}


@pytest.mark.parametrize("name", ["nano", "nano_gguf"])
async def test_a_load_is_held_against_its_estimate_and_kept(tmp_path: Path, name: str) -> None:
    """Nano in host memory: the issue allows 10 %."""
    wanted = profile.load(name)
    async with Engine(tmp_path, face="test") as engine:
        memory = (await engine.load(wanted)).memory
    assert memory is not None
    assert memory.home == "host"
    assert memory.error is not None
    assert abs(memory.error) < 0.10
    assert sum(item.mb for item in memory.items if item.loaded) == pytest.approx(memory.expected_mb)
    kept = record.read(wanted, tmp_path)
    assert kept is not None
    assert kept.error == pytest.approx(memory.error, abs=0.005)
    assert (record.runtime(wanted, tmp_path) or 0) > 10 * 1024 * 1024


async def test_a_model_beyond_the_hosts_budget_is_refused_and_the_worker_lives(tmp_path: Path) -> None:
    plain = profile.load("nano")
    tight = plain.budget.model_copy(update={"max_host_mb": 300, "kv_host_mb": 0})
    async with Engine(tmp_path, face="test") as engine:
        with pytest.raises(BudgetError, match="too much for the host's memory") as refusal:
            await engine.load(plain.model_copy(update={"budget": tight, "core": _no_fallback(plain)}))
        assert "runtime" in refusal.value.found
        assert (await engine.load(plain)).ctx_tokens == 4096


def _no_fallback(plain: profile.Profile) -> object:
    return plain.core.model_copy(update={"fallback": "none"})


def test_a_damaged_record_of_a_load_is_none(tmp_path: Path) -> None:
    nano = profile.load("nano")
    file = record.path(nano, tmp_path)
    file.parent.mkdir(parents=True)
    for content in ("", "[]", '{"schema": 1}', '{"schema": 2}'):
        file.write_text(content, encoding="utf-8")
        assert record.read(nano, tmp_path) is None
    assert record.runtime(nano, tmp_path) is None


def test_logits_are_scored_a_few_rows_at_a_time_with_the_same_losses(
    backend: HfBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts, answers = [[5, 6, 7]] * 5, [[8, 9], [10], [11, 12], [13, 14], [15]]
    whole = backend.nll(prompts, answers, Mix())
    monkeypatch.setattr("vortex_tui.engine.backends.hf.SCORED_BYTES", 2 * 3 * 2048 * 6)
    assert backend.nll(prompts, answers, Mix()) == pytest.approx(whole, abs=1e-4)


def test_an_allocation_beyond_the_cap_is_told_in_words() -> None:
    with (
        pytest.raises(BudgetError, match="no memory left on the card for this answer") as refusal,
        within_budget("for this answer"),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    assert "2.00 GiB" in refusal.value.found


@pytest.mark.gpu
def test_the_allocator_is_capped_and_gives_back_what_it_can() -> None:
    before = hf_card.machine()
    assert before.gpu is not None
    hf_card.cap(sizes.GPU_WORKING + 256 * sizes.MIB)
    try:
        with pytest.raises(BudgetError), within_budget("for a test"):
            torch.empty(512 * sizes.MIB, dtype=torch.uint8, device="cuda")
        with within_budget("for a test"):
            torch.empty(64 * sizes.MIB, dtype=torch.uint8, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, 0)
