"""Packed rows teach what single examples teach; and the same numbers come of unpacked weights."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import torch
from transformers import GenerationConfig

from tests.support.lessons import lessons
from vortex_tui import paths
from vortex_tui.engine import model_folder
from vortex_tui.engine.backends.hf_text import ChatText, load_tokenizer
from vortex_tui.engine.protocol import ChatMessage
from vortex_tui.training import memory, recipe
from vortex_tui.training.corpus import Example
from vortex_tui.training.job import base, examples, packing
from vortex_tui.training.job.examples import Encoded
from vortex_tui.training.job.rows import Rows, collate, epochs, pack, row_of
from vortex_tui.training.recipe import Change

BASE = paths.nano() / "base"
LENGTH = 128


@pytest.fixture(scope="module")
def model() -> Iterator[Any]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield base.load(model_folder.inspect(BASE), unpacked=False, checkpointed=False)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def encoded() -> list[Encoded]:
    text = ChatText(load_tokenizer(BASE), GenerationConfig.from_pretrained(BASE))
    made = [
        Example(each.prompt, (ChatMessage(role="user", content=each.prompt),), each.response)
        for each in lessons("reversal", 30)
    ]
    return examples.encode(text, made, LENGTH)[0]


def summed(model: Any, batch: dict[str, torch.Tensor]) -> tuple[float, int]:
    """The answers' loss of a batch in nats, and how many tokens it is of."""
    with torch.inference_mode():
        found = model(
            input_ids=batch["input_ids"], position_ids=batch["position_ids"], use_cache=False
        ).logits
    labels = batch["labels"][:, 1:].flatten()
    loss = torch.nn.functional.cross_entropy(found[:, :-1].flatten(0, 1), labels, reduction="sum")
    return float(loss), int((labels != examples.IGNORED).sum())


def test_packed_and_single_examples_have_the_same_loss(model: Any, encoded: list[Encoded]) -> None:
    rows = pack(encoded, LENGTH, range(len(encoded)), together=True)
    assert len(rows) < len(encoded) / 2
    batch = collate([row_of(encoded, numbers, LENGTH, 0) for numbers in rows])
    packed, tokens = summed(model, batch)
    alone = [summed(model, collate([row_of([each], [0], each.length, 0)])) for each in encoded]
    assert tokens == sum(count for _, count in alone) == sum(len(each.answer) for each in encoded)
    assert packed == pytest.approx(sum(loss for loss, _ in alone), rel=1e-4)
    # The control: with positions that run on, examples see each other, and it shows.
    running = torch.arange(LENGTH).expand(len(rows), LENGTH)
    leaking, _ = summed(model, batch | {"position_ids": running})
    assert abs(leaking - packed) > 0.01 * packed  # a hundred times the tolerance


def test_a_base_that_lets_examples_see_each_other_is_noticed(model: Any, encoded: list[Encoded]) -> None:
    assert packing.is_exact(model, encoded, 0)

    def deaf(input_ids: torch.Tensor, position_ids: torch.Tensor, **options: Any) -> Any:
        running = torch.arange(position_ids.shape[1])[None]
        return model(input_ids=input_ids, position_ids=running, **options)

    deaf.device = model.device  # type: ignore[attr-defined]
    assert not packing.is_exact(deaf, encoded, 0)


def test_every_example_is_read_once_an_epoch_and_whole(encoded: list[Encoded]) -> None:
    one = len(pack(encoded, LENGTH, range(len(encoded)), together=False))
    assert one == len(encoded)
    for together in (True, False):
        order = random.Random(2).sample(range(len(encoded)), len(encoded))
        rows = pack(encoded, LENGTH, order, together=together)
        assert Counter(number for row in rows for number in row) == Counter(range(len(encoded)))
        assert all(sum(encoded[number].length for number in row) <= LENGTH for row in rows)


def test_the_order_follows_from_the_seed(encoded: list[Encoded]) -> None:
    def first(seed: int) -> list[list[int]]:
        return list(islice(epochs(encoded, LENGTH, seed, together=True), 40))

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_rows_are_full_length_and_count_their_tokens(encoded: list[Encoded]) -> None:
    rows = Rows(encoded, [[0, 1], [2]], LENGTH, 7)
    assert [len(rows), rows.tokens(1)] == [2, encoded[2].length]
    row = rows[1]
    assert {len(column) for column in row.values()} == {LENGTH}
    assert row["input_ids"][encoded[2].length :] == [7] * (LENGTH - encoded[2].length)
    assert set(row["labels"][encoded[2].length :]) == {examples.IGNORED}


def test_unpacked_weights_compute_the_very_same(model: Any, encoded: list[Encoded]) -> None:
    batch = collate([row_of(encoded, [0, 1, 2], LENGTH, 0)])
    fast = base.load(model_folder.inspect(BASE), unpacked=True, checkpointed=False)
    kinds = {type(each).__name__ for each in fast.modules()}
    assert "Linear4bit" not in kinds
    with torch.inference_mode():
        slow_logits, fast_logits = (
            one(input_ids=batch["input_ids"], position_ids=batch["position_ids"]).logits
            for one in (model, fast)
        )
    torch.testing.assert_close(fast_logits, slow_logits, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("unpacked", [False, True])
def test_the_adapter_is_on_every_matrix_of_the_layers_and_nowhere_else(unpacked: bool) -> None:
    folder = model_folder.inspect(BASE)
    shape = memory.shape_of(folder)
    how = recipe.choose(shape.parameters, 4096, Change(rank=4))
    wrapped = base.add_adapter(base.load(folder, unpacked=unpacked, checkpointed=True), shape, how)
    trained = [parameter for parameter in wrapped.parameters() if parameter.requires_grad]
    assert sum(parameter.numel() for parameter in trained) == memory.trained_parameters(shape, 4)
    assert {parameter.dtype for parameter in trained} == {torch.float32}


def test_gradients_are_the_same_with_activations_computed_again(encoded: list[Encoded]) -> None:
    folder = model_folder.inspect(BASE)
    shape = memory.shape_of(folder)
    how = recipe.choose(shape.parameters, 4096, Change(rank=4))
    batch = collate([row_of(encoded, [0, 1], LENGTH, 0)])
    norms = []
    for checkpointed in (False, True):
        wrapped = base.add_adapter(base.load(folder, unpacked=True, checkpointed=checkpointed), shape, how)
        wrapped.train()
        wrapped(**batch).loss.backward()
        norms.append([float(p.grad.norm()) for p in wrapped.parameters() if p.grad is not None])
    assert any(norms[0])
    assert norms[0] == pytest.approx(norms[1])
