"""A context that does not fit is refused by arithmetic, before anything is allocated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import raw_gguf
from tests.support.raw_gguf import ARRAY, BLOCKS, HEADS, HIDDEN, KV_HEADS, U32, Typed
from vortex_tui.engine import sizes
from vortex_tui.engine.backends.llama import room
from vortex_tui.errors import BudgetError
from vortex_tui.gguf import reader
from vortex_tui.gguf.header import Header

CELLS = 1000
PLAIN = 2 * BLOCKS * KV_HEADS * (HIDDEN // HEADS) * CELLS


def header(tmp_path: Path, **said: Typed | None) -> Header:
    changed = {f"llama.attention.{key}": each for key, each in said.items()}
    return reader.read(raw_gguf.write(tmp_path / "model.gguf", changed))


def test_kv_takes_two_bytes_a_value_or_one_and_a_scale(tmp_path: Path) -> None:
    found = header(tmp_path)
    assert sizes.gguf_kv_bytes(found, CELLS, "f16") == PLAIN * 2
    assert sizes.gguf_kv_bytes(found, CELLS, "q8_0") == PLAIN * 34 // 32


def test_heads_of_their_own_width_and_by_block_are_counted(tmp_path: Path) -> None:
    wide = header(tmp_path, key_length=Typed(U32, 16), value_length=Typed(U32, 8))
    assert sizes.gguf_kv_bytes(wide, CELLS, "f16") == PLAIN * 3
    by_block = Typed(ARRAY, (KV_HEADS, 2 * KV_HEADS), U32)
    assert sizes.gguf_kv_bytes(header(tmp_path, head_count_kv=by_block), CELLS, "f16") == PLAIN * 3
    assert (
        sizes.gguf_kv_bytes(header(tmp_path, head_count_kv=None), CELLS, "f16")
        == PLAIN * 2 * HEADS // KV_HEADS
    )


def test_what_fits_is_let_through_and_what_does_not_is_refused(tmp_path: Path) -> None:
    found = header(tmp_path)
    room.check(found, CELLS, "f16", 2**30, "available memory")
    with pytest.raises(BudgetError, match="1000 tokens does not fit") as refusal:
        room.check(found, CELLS, "f16", 2**20, "available memory")
    assert "1 MiB of available memory" in refusal.value.found
    assert "budget.ctx_tokens" in refusal.value.mend


def test_a_model_that_never_fits_is_told_apart_from_a_long_context(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="does not fit") as refusal:
        room.check(header(tmp_path), 1, "f16", 0, "budget.max_vram_mb")
    assert "a smaller model" in refusal.value.mend
