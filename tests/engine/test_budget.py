"""The admission: what is counted, what is refused before anything is loaded, and what is offered instead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import raw_gguf, tiny
from tests.support.preparing import profile
from tests.support.raw_gguf import ARRAY, BLOCKS, HEADS, HIDDEN, KV_HEADS, U32, Typed
from vortex_tui import paths
from vortex_tui.engine import model_folder, sizes
from vortex_tui.engine.budget import adapters, demand, options, table
from vortex_tui.engine.budget.admission import Admission, admit
from vortex_tui.engine.budget.demand import Demand
from vortex_tui.engine.budget.estimate import COMPOSED_BYTES, estimate
from vortex_tui.engine.budget.item import Estimate
from vortex_tui.engine.budget.machine import MIB, Machine
from vortex_tui.engine.budget.subject import Gguf, expert_values
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import BudgetError
from vortex_tui.experts.bank import BankEntry
from vortex_tui.experts.card import ExpertCard
from vortex_tui.experts.manifest import load
from vortex_tui.gguf import reader
from vortex_tui.gguf.header import Header

CELLS = 1000
PLAIN = 2 * BLOCKS * KV_HEADS * (HIDDEN // HEADS) * CELLS
GIB = 1024 * MIB


def header(tmp_path: Path, **said: Typed | None) -> Header:
    changed = {f"llama.attention.{key}": each for key, each in said.items()}
    return reader.read(raw_gguf.write(tmp_path / "model.gguf", changed))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    return tiny.base(tmp_path_factory.mktemp("budget") / "tiny", layers=4)


def asked(model: ModelFolder | Gguf, card: int | None, host: int = 64 * GIB, **fields: Any) -> Demand:
    """A demand on a machine with a card of so many bytes, or without one."""
    machine = Machine(card, host, torch_cuda=True, llama_gpu=True)
    return demand.of(profile({"hf_model": "x"}, max_vram_mb=10**6), model, machine).changed(**fields)


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


def test_every_part_of_a_load_is_counted_where_it_will_be(base: ModelFolder) -> None:
    on_card, on_host = estimate(asked(base, GIB)), estimate(asked(base, None))
    kinds = {"runtime", "weights", "kv", "experts", "composed", "buffers"}
    assert {item.kind for item in on_card.items if item.place == "card"} == kinds
    assert {item.kind for item in on_card.items if item.place == "host"} == {"runtime", "snapshots"}
    assert {item.place for item in on_host.items} == {"host"}
    assert on_card.of("kv") * 2 == on_host.of("kv")  # 16 bits on a card, 32 on a CPU
    assert on_card.of("weights") == sizes.weight_bytes(base, "nf4", sizes.GPU_VALUE)


def test_the_largest_experts_of_the_bank_are_counted_and_empty_places_as_common_ones(
    base: ModelFolder,
) -> None:
    def experts(known: tuple[int, ...]) -> int:
        return estimate(asked(base, GIB, max_loaded=3, adapters=known)).of("experts")

    common = expert_values(base)
    assert experts(()) == 3 * common * 2
    assert experts((900, 500, 300, 200)) == (900 + 500 + 300) * 2
    assert experts((900,)) == 3 * 900 * 2
    assert estimate(asked(base, GIB, max_loaded=0)).of("experts") == 0
    assert estimate(asked(base, GIB, top_k=1)).of("composed") == 0


def test_a_very_large_mix_counts_whole_and_many_small_ones_to_their_limit(base: ModelFolder) -> None:
    huge = estimate(asked(base, GIB, adapters=(10**9,) * 6))
    assert huge.of("composed") == 2 * 10**9 * 2
    assert estimate(asked(base, GIB, adapters=(10**8,) * 6)).of("composed") == COMPOSED_BYTES


def test_an_expert_is_measured_by_its_header_and_a_damaged_one_is_passed_over(
    base: ModelFolder, tmp_path: Path
) -> None:
    folders = [tiny.expert(tmp_path, base, name, rank=rank) for name, rank in (("a", 4), ("b", 8))]
    entries = [BankEntry(folder, _card(folder)) for folder in folders]
    small, large = (sum(4 * k * (o + i) for o, i in _changed(base)) for k in (1, 2))
    assert adapters.largest(entries, 2) == (large, small)
    assert adapters.largest(entries, 1) == (large,)
    (folders[1] / "adapter" / "adapter_model.safetensors").write_bytes(b"nothing")
    assert adapters.largest(entries, 2) == (small,)


def _card(folder: Path) -> ExpertCard:
    from vortex_tui.experts import card

    assert load(folder / "manifest.json")
    return card.read(folder)


def _changed(base: ModelFolder) -> list[tuple[int, int]]:
    tensors = [each for found in base.headers.values() for each in found.tensors.items()]
    return [
        (entry.shape[0], entry.shape[1])
        for name, entry in tensors
        if name.removesuffix(".weight").rpartition(".")[2] in tiny.TARGETS
    ]


def test_what_fits_to_the_byte_is_let_through_and_a_byte_less_is_not(base: ModelFolder) -> None:
    needed = estimate(asked(base, GIB)).needed("card")
    enough = asked(base, needed)
    assert Admission(enough, estimate(enough)).fits
    less = asked(base, needed - 1)
    with pytest.raises(BudgetError, match="1 MiB too much for the card") as refusal:
        Admission(less, estimate(less)).check()
    assert "runtime 512" in refusal.value.found
    assert "saves" in refusal.value.mend


def test_the_budget_counts_on_a_larger_card_and_what_others_have_on_a_smaller(base: ModelFolder) -> None:
    needed = estimate(asked(base, GIB)).needed("card")
    assert options.short(asked(base, 24 * GIB, card_budget=needed - 1)) == {"card": 1}
    crowded = Machine(needed, 64 * GIB, torch_cuda=True, gpu_others=MIB)
    assert options.short(asked(base, needed).changed(machine=crowded)) == {"card": MIB}


def test_the_hosts_memory_has_a_budget_too(base: ModelFolder) -> None:
    plain = asked(base, None)
    needed = estimate(plain).needed("host")
    assert options.short(plain.changed(host_budget=needed - 1)) == {"host": 1}
    assert options.short(asked(base, None, host=needed - 1)) == {"host": 1}
    assert not options.short(plain.changed(host_budget=needed))
    # Beside a card the libraries and the snapshots are there all the same.
    assert options.short(asked(base, GIB, host=MIB)).keys() == {"host"}


def test_snapshots_have_what_the_host_has_left_and_refuse_nothing(base: ModelFolder) -> None:
    """They spare work: a machine that has no room for the whole of them answers all the same."""
    wish = profile({"hf_model": "x"}, kv_host_mb=2048)
    without = admit(profile({"hf_model": "x"}, kv_host_mb=0), base, Machine(None, 64 * GIB, torch_cuda=True))
    needed = without.estimate.needed("host")
    for left, expected in ((0, 0), (MIB - 1, 0), (300 * MIB, 300), (8 * GIB, 2048)):
        found = admit(wish, base, Machine(None, needed + left, torch_cuda=True))
        found.check()
        assert (found.snapshots_mb, found.estimate.of("snapshots")) == (expected, expected * MIB)
    with pytest.raises(BudgetError, match="does not fit"):
        admit(wish, base, Machine(None, needed - 1, torch_cuda=True)).check()


def test_a_card_that_a_backend_cannot_use_does_not_count(base: ModelFolder, tmp_path: Path) -> None:
    machine = Machine(GIB, 64 * GIB, torch_cuda=True, llama_gpu=False)
    gguf = Gguf(raw_gguf.write(tmp_path / "m.gguf", {}), header(tmp_path))
    assert asked(base, GIB).changed(machine=machine).home == "card"
    assert asked(gguf, GIB).changed(machine=machine).home == "host"


def test_three_changes_at_most_are_offered_and_each_makes_it_fit(base: ModelFolder) -> None:
    plain = asked(base, GIB, quantization="none")
    tight = plain.changed(card_budget=estimate(plain).needed("card") - 1000)
    found = options.cheapest(tight)
    assert 1 <= len(found) <= 3
    assert all(option.enough and option.saving >= 1000 for option in found)
    assert found[0].changes == ("experts.max_loaded = 5",)


def test_eight_bit_kv_is_offered_for_a_gguf_and_other_weights_are_not(tmp_path: Path) -> None:
    gguf = Gguf(raw_gguf.write(tmp_path / "m.gguf", {}), header(tmp_path))
    plain = asked(gguf, GIB, ctx_tokens=4096, max_loaded=1)
    tight = plain.changed(card_budget=estimate(plain).needed("card") - 1)
    words = [change for option in options.cheapest(tight) for change in option.changes]
    assert words[0] == 'core.kv_type = "q8_0"'
    assert not any("quantization" in word for word in words)


def test_changes_that_are_too_little_alone_are_offered_together(base: ModelFolder) -> None:
    plain = asked(base, None, quantization="nf4", ctx_tokens=4096, snapshots=0)
    least = plain.changed(max_loaded=1, ctx_tokens=512)
    tight = plain.changed(host_budget=estimate(least).needed("host"))
    (found,) = options.cheapest(tight)
    assert found.changes == ("experts.max_loaded = 1", "budget.ctx_tokens = 512")
    assert found.enough


def test_what_never_fits_is_told_so(base: ModelFolder) -> None:
    hopeless = asked(base, None, host=MIB)
    with pytest.raises(BudgetError) as refusal:
        Admission(hopeless, estimate(hopeless)).check()
    assert refusal.value.mend.endswith("take a smaller model")
    assert "not enough alone" in refusal.value.mend


WISHES = {
    "ctx_tokens": st.integers(16, 100_000),
    "max_loaded": st.integers(0, 64),
    "top_k": st.integers(1, 8),
    "snapshots": st.integers(0, 8 * GIB),
    "quantization": st.sampled_from(["none", "int8", "nf4"]),
}


@settings(max_examples=50, deadline=None)
@given(st.fixed_dictionaries(WISHES), st.integers(MIB, 4 * GIB), st.integers(MIB, 4 * GIB))
def test_an_offer_that_says_it_is_enough_is_enough(wishes: dict[str, Any], card: int, host: int) -> None:
    nano = model_folder.inspect(paths.nano() / "base")
    wanted = asked(nano, card, host, **wishes)
    missing = options.short(wanted)
    found = options.cheapest(wanted)
    assert bool(found) <= bool(missing)
    for option in found:
        assert option.saving > 0
        if option.enough:
            assert option.saving >= max(missing.values())


@settings(max_examples=50, deadline=None)
@given(st.fixed_dictionaries(WISHES), st.sampled_from(["ctx_tokens", "max_loaded", "snapshots"]))
def test_more_is_never_less(wishes: dict[str, Any], more: str) -> None:
    nano = model_folder.inspect(paths.nano() / "base")
    less = asked(nano, GIB, **wishes)
    greater = less.changed(**{more: wishes[more] + 1000})
    for place in options.PLACES:
        assert _needed(greater).needed(place) >= _needed(less).needed(place)


def _needed(of: Demand) -> Estimate:
    return estimate(of)


def test_the_table_has_a_stretch_for_each_part_and_says_what_is_too_much(base: ModelFolder) -> None:
    wanted = asked(base, 600 * MIB)
    lines = table.lines(Admission(wanted, estimate(wanted)))
    assert all(len(line) <= 68 for line in lines)
    assert lines[0].startswith("card")
    assert "of 600 MiB" in lines[0]
    assert [line.split()[0] for line in lines[1:5]] == ["weights", "K/V", "runtime", "buffers"]
    tight = wanted.changed(card_budget=MIB)
    short = table.lines(Admission(tight, estimate(tight)))
    assert "too much" in short[0]
    assert all("┃" in line for line in short[1:5])


def test_a_profiles_wishes_are_taken_over(base: ModelFolder) -> None:
    wish = profile({"hf_model": "x", "hf_offload": "safe"}, max_vram_mb=777, kv_host_mb=5, max_host_mb=900)
    found = admit(wish, base, Machine(GIB, GIB, torch_cuda=True)).demand
    assert (found.card_budget, found.snapshots, found.host_budget) == (777 * MIB, 5 * MIB, 900 * MIB)
    assert found.offload
    assert found.ctx_tokens == 128
    assert replace(found, ctx_tokens=1).ctx_tokens == 1
