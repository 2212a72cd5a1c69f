"""The plan of ``hf_offload = "safe"``, a pure function; and a layer that computes elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.support import tiny
from tests.support.preparing import of_folder
from vortex_tui.engine import offload, opening, sizes
from vortex_tui.engine.backends import hf_placement
from vortex_tui.engine.backends.hf import HfBackend
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.offload import Part, Plan
from vortex_tui.engine.protocol import ChatMessage, Sampling
from vortex_tui.errors import BudgetError, ModelError
from vortex_tui.experts import adapter, manifest
from vortex_tui.experts.mix import Mix, MixPart

BYTES = st.integers(0, 2**40)
PARTS = st.lists(st.tuples(BYTES, BYTES, BYTES), min_size=1, max_size=40).map(
    lambda rows: [Part(f"part.{at}", *row) for at, row in enumerate(rows)]
)


def on_gpu(plan: Plan) -> list[str]:
    return [name for name, where in plan.places.items() if where == "gpu"]


@given(PARTS, BYTES, BYTES)
def test_a_plan_places_every_part_once_in_order_within_the_budget(
    parts: list[Part], budget: int, reserve: int
) -> None:
    made = offload.plan(parts, budget, reserve)
    assert list(made.places) == [part.name for part in parts]
    kept = len(on_gpu(made))
    assert on_gpu(made) == [part.name for part in parts[:kept]]
    assert made.gpu_bytes == sum(part.gpu + part.kv for part in parts[:kept])
    assert made.host_bytes == sum(part.host + part.kv for part in parts[kept:])
    assert kept == 0 or made.gpu_bytes + reserve <= budget


@given(PARTS, BYTES, BYTES, BYTES)
def test_a_larger_budget_takes_nothing_off_the_card(
    parts: list[Part], budget: int, more: int, reserve: int
) -> None:
    less, greater = (offload.plan(parts, each, reserve) for each in (budget, budget + more))
    assert set(on_gpu(less)) <= set(on_gpu(greater))
    assert less.gpu_bytes <= greater.gpu_bytes
    assert less.host_bytes >= greater.host_bytes


@given(PARTS, BYTES)
def test_a_plan_leaves_no_room_that_the_next_part_would_fit_in(parts: list[Part], budget: int) -> None:
    made = offload.plan(parts, budget)
    if made.on_cpu:
        following = parts[len(on_gpu(made))]
        assert made.gpu_bytes + following.gpu + following.kv > budget


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    return tiny.base(tmp_path_factory.mktemp("offload") / "tiny", layers=4)


def test_parts_follow_a_token_through_the_model(base: ModelFolder) -> None:
    parts = sizes.parts(base, "none", 128)
    layers = [f"model.layers.{number}" for number in range(4)]
    assert [part.name for part in parts] == ["model.embed_tokens", *layers, "model.norm"]
    assert sum(part.gpu for part in parts) == base.weight_bytes
    # 128 tokens, K and V, 2 heads of 16, two bytes a value.
    assert [part.kv for part in parts] == [0, *[128 * 2 * 2 * 16 * 2] * 4, 0]


def test_layers_beyond_nine_come_after_it(tmp_path: Path) -> None:
    parts = sizes.parts(tiny.base(tmp_path / "deep", layers=12), "nf4", 128)
    assert [part.name for part in parts[1:-1]] == [f"model.layers.{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"num_hidden_layers": 9}, "4 parts named as layers"),
        ({"quantization_config": {}}, "quantised already"),
    ],
)
def test_a_model_that_cannot_be_divided_is_refused(
    base: ModelFolder, change: dict[str, Any], found: str
) -> None:
    other = replace(base, config=base.config | change)
    with pytest.raises(ModelError, match="cannot be divided") as refusal:
        sizes.parts(other, "nf4", 128)
    assert found in refusal.value.found


@pytest.mark.parametrize("quantization", ["nf4", "int8", "none"])
def test_planned_sizes_are_those_of_the_loaded_model(base: ModelFolder, quantization: str) -> None:
    backend = HfBackend(base, quantization, lambda *_: None)
    loaded = backend._model.get_memory_footprint()
    planned = sizes.weight_bytes(base, quantization, sizes.CPU_VALUE)
    # A small matrix has few blocks: what is kept beside them counts for more than in a large one.
    assert loaded * 0.85 < planned < loaded * 1.15


def test_a_module_carried_elsewhere_computes_the_same(base: ModelFolder) -> None:
    ids = [[5, 6, 7, 8]]
    plain = HfBackend(base, "none", lambda *_: None)
    before = plain.nll(ids, [[9]], Mix())
    cpu = torch.device("cpu")
    for number in (2, 3):
        hf_placement.carry(plain._model.get_submodule(f"model.layers.{number}"), cpu, cpu)
    assert plain.nll(ids, [[9]], Mix()) == before


def test_what_a_module_is_given_goes_where_its_weights_are() -> None:
    class Watched(nn.Module):
        def forward(self, states: Any, *, pair: Any, cache: Any) -> Any:
            self.seen = (states.device.type, *(each.device.type for each in pair), cache)
            return (states, {"again": states})

    module, cache = Watched(), object()
    hf_placement.carry(module, torch.device("meta"), torch.device("meta"))
    one = torch.ones(2)
    first, rest = module(one, pair=(one, one), cache=cache)
    assert module.seen == ("meta", "meta", "meta", cache)
    assert first.device.type == rest["again"].device.type == "meta"


def test_a_split_names_a_device_for_what_has_no_tensor_in_the_file(base: ModelFolder) -> None:
    made = halves(base, "nf4")
    assert made.split
    card = torch.device("cuda", 0)
    placed = hf_placement.device_map(made, card)
    for name in ("lm_head", "model.rotary_emb", "model.embed_tokens"):
        assert placed[name] == card
    assert [placed[f"model.layers.{number}"] for number in range(4)] == [card, card, "cpu", "cpu"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens without a GPU")
def test_without_a_gpu_the_engine_says_that_nothing_changes(base: ModelFolder, tmp_path: Path) -> None:
    profile = of_folder(base.path, hf_offload="safe", hf_quantization="nf4")
    opened = opening.open_backend(profile, tmp_path, lambda *_: None)
    assert any("changes nothing: there is no CUDA device" in note for note in opened.notes)
    assert opened.backend.device == "cpu"


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens without a GPU")
def test_a_context_beyond_the_hosts_memory_is_refused_before_loading(tmp_path: Path) -> None:
    huge = tiny.base(tmp_path / "huge")
    config = json.loads((huge.path / "config.json").read_bytes())
    (huge.path / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 2**31 - 1}))
    profile = of_folder(huge.path, hf_offload="safe")
    vast = profile.budget.model_copy(update={"ctx_tokens": 2**31 - 1})
    with pytest.raises(BudgetError, match="does not fit"):
        opening.open_backend(profile.model_copy(update={"budget": vast}), tmp_path, lambda *_: None)


def halves(base: ModelFolder, quantization: str) -> Plan:
    """The embedding and two of four layers on the card."""
    parts = sizes.parts(base, quantization, 128)
    return offload.plan(parts, sum(part.gpu + part.kv for part in parts[:3]))


def greedy(backend: HfBackend) -> list[int]:
    prompt = backend.encode_chat((ChatMessage(role="user", content="hello"),))
    running = backend.start([prompt], Sampling(max_new_tokens=8, temperature=0.0), Mix())
    tokens: list[int] = []
    while step := running.step():
        tokens += step[0]
        if len(tokens) >= 8:
            break
    return tokens


@pytest.mark.skipif(torch.cuda.is_available(), reason="the CPU stands where the card would")
@pytest.mark.parametrize("quantization", ["nf4", "int8", "none"])
def test_a_split_model_answers_and_takes_experts(
    base: ModelFolder, tmp_path: Path, quantization: str
) -> None:
    """The whole way of a split, but for the transfer: its device "cuda" is the CPU here."""
    made = halves(base, quantization)
    backend = HfBackend(base, quantization, lambda *_: None, plan=made)
    assert not any(value.is_meta for value in backend._model.parameters())
    assert not any(hasattr(module, "_hf_hook") for module in backend._model.modules())
    kinds = [type(layer.mlp.down_proj).__name__ for layer in backend._model.model.layers]
    quantised = {"nf4": "Linear4bit", "int8": "Linear8bitLt", "none": "Linear"}[quantization]
    assert kinds == [quantised, quantised, "Linear", "Linear"]
    assert len(greedy(backend)) == 8
    folder = tiny.expert(tmp_path, base, "sums")
    expert = adapter.read(manifest.load(folder / manifest.MANIFEST), folder)
    plain = backend.nll([[5, 6, 7]], [[8, 9]], Mix())
    backend.attach(expert)
    assert backend.nll([[5, 6, 7]], [[8, 9]], Mix()) == plain
    one = Mix((MixPart("sums", expert.content_hash, 1.0),))
    assert backend.nll([[5, 6, 7]], [[8, 9]], one) != plain


@pytest.mark.skipif(torch.cuda.is_available(), reason="the CPU stands where the card would")
def test_a_split_of_plain_weights_computes_what_the_whole_does(base: ModelFolder) -> None:
    whole = HfBackend(base, "none", lambda *_: None)
    split = HfBackend(base, "none", lambda *_: None, plan=halves(base, "none"))
    assert split.nll([[5, 6, 7]], [[8, 9]], Mix()) == whole.nll([[5, 6, 7]], [[8, 9]], Mix())
    assert greedy(split) == greedy(whole)


@pytest.mark.gpu
@pytest.mark.parametrize("quantization", ["nf4", "int8", "none"])
def test_layers_beyond_the_budget_answer_from_the_cpu(base: ModelFolder, quantization: str) -> None:
    backend = HfBackend(base, quantization, lambda *_: None, plan=halves(base, quantization))
    places = {name: value.device.type for name, value in backend._model.named_parameters()}
    assert places["model.layers.1.input_layernorm.weight"] == "cuda"
    assert places["model.layers.3.input_layernorm.weight"] == "cpu"
    tokens = greedy(backend)
    assert len(tokens) == 8
    if quantization == "none":
        whole = HfBackend(base, quantization, lambda *_: None)
        (split,), (one,) = (each.nll([[5, 6, 7]], [[8, 9]], Mix()) for each in (backend, whole))
        assert split == pytest.approx(one, rel=0.05)
