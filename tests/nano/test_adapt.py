"""What an expert learns from: examples packed into rows, none of which sees another, none of them kept."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from vortex_tui import paths
from vortex_tui.nano import adapt
from vortex_tui.nano.adapt import Packed
from vortex_tui.nano.conversation import END
from vortex_tui.nano.page import IGNORED
from vortex_tui.nano.quantise import load_dense
from vortex_tui.nano.recipe import RELEASE
from vortex_tui.nano.tasks import normal, sample

SHARES = {"hours": 1, "roman": 3}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(paths.nano() / "base")


@pytest.fixture(scope="module")
def batch(tokenizer: Any) -> list[Packed]:
    return adapt.draw_batch(tokenizer, SHARES, RELEASE, random.Random(3), frozenset())


def examples(row: Packed) -> list[slice]:
    starts = [at for at, position in enumerate(row.positions) if position == 0]
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(row.ids)], strict=True)]


def test_a_batch_is_full_of_tokens(batch: list[Packed]) -> None:
    assert sum(len(row.ids) for row in batch) == RELEASE.expert_tokens
    assert all(len(row.ids) == len(row.labels) == len(row.positions) for row in batch)


def test_only_answers_count_and_they_end_with_the_stop_token(batch: list[Packed], tokenizer: Any) -> None:
    end = tokenizer(END)["input_ids"]
    for row in batch:
        for example in examples(row)[:-1]:  # the last one may lack its end
            labels = row.labels[example]
            counted = [label for label in labels if label != IGNORED]
            assert labels == [IGNORED] * (len(labels) - len(counted)) + counted
            assert counted[-len(end) :] == end
            assert row.ids[example][-len(counted) :] == counted


def test_a_packed_example_is_read_as_if_it_were_alone(batch: list[Packed]) -> None:
    model: Any = load_dense(paths.nano() / "base")
    ids, _, positions = (torch.tensor(list(column)) for column in zip(*batch[:2], strict=True))
    third = examples(batch[0])[2]
    with torch.inference_mode():
        packed = model(input_ids=ids, position_ids=positions, use_cache=False).logits[0, third]
        alone = model(input_ids=ids[:1, third], use_cache=False).logits[0]
        leaking = model(input_ids=ids, use_cache=False).logits[0, third]
    torch.testing.assert_close(packed, alone, atol=1e-3, rtol=1e-3)
    assert (leaking - alone).abs().max() > 0.1  # the control: without positions they do see each other


def test_no_prompt_of_the_evaluation_set_is_learned() -> None:
    rng = random.Random(5)
    kept = frozenset(normal(sample("roman", rng, "train").prompt) for _ in range(3000))
    again = [adapt._example("roman", random.Random(seed), kept) for seed in range(60)]
    assert not kept & {normal(example.prompt) for example in again}
    assert kept & {normal(sample("roman", random.Random(seed), "train").prompt) for seed in range(60)}
