"""Serve one ``score`` request: the loss of given answers, in batches that share a mix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from vortex_tui.engine import choosing, generation
from vortex_tui.engine.loading import Loaded
from vortex_tui.engine.protocol import Event, Result, Score
from vortex_tui.engine.scheduler import Job
from vortex_tui.errors import ModelError, PromptError
from vortex_tui.experts.mix import Mix

_BATCH = 16


@dataclass(frozen=True, slots=True)
class Item:
    """One prompt and its answer as ids, with the place of its loss in the result."""

    index: int
    prompt: list[int]
    answer: list[int]


def _grouped(loaded: Loaded, request: Score) -> dict[Mix, list[Item]]:
    groups: dict[Mix, list[Item]] = {}
    for index, item in enumerate(request.items):
        answer = loaded.backend.encode(item.answer)
        if not answer:
            raise PromptError("an answer to score is empty", found=f"item {index}", expected="some text")
        prompt = generation.fit(loaded, item.conversation, len(answer)).ids
        if len(prompt) + len(answer) > loaded.ctx_tokens:
            raise PromptError(
                "a prompt and its answer do not fit the context",
                found=f"item {index}: {len(prompt) + len(answer)} tokens",
                expected=f"at most {loaded.ctx_tokens}",
                mend="raise budget.ctx_tokens or score shorter texts",
            )
        mix, _ = choosing.decide(loaded, request.id, index, item.conversation, request.choice)
        groups.setdefault(mix, []).append(Item(index, prompt, answer))
    return groups


def _finite(item: Item, loss: float) -> float:
    if not math.isfinite(loss):
        raise ModelError(
            "the loss of an answer is not a number",
            found=f"item {item.index}: {loss}",
            expected="finite weights in the base and its experts",
            mend="vortex-tui experts verify",
        )
    return loss


def score(loaded: Loaded, request: Score, job: Job) -> Iterator[Event | None]:
    """Mean loss (nats) of each answer's tokens under the mix its prompt gets."""
    losses = [0.0] * len(request.items)
    for mix, items in _grouped(loaded, request).items():
        with loaded.residents.holding(mix, loaded.find):
            for start in range(0, len(items), _BATCH):
                batch = items[start : start + _BATCH]
                found = loaded.backend.nll([i.prompt for i in batch], [i.answer for i in batch], mix)
                for item, loss in zip(batch, found, strict=True):
                    losses[item.index] = _finite(item, loss)
                yield None
                job.check()
    yield Result(id=request.id, last=True, losses=tuple(losses))
