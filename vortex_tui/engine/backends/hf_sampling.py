"""Choose the next token of one row: transformers' own logits processors, one seed a row."""

from __future__ import annotations

import secrets

import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from vortex_tui.engine.protocol import Sampling


def _processors(sampling: Sampling) -> LogitsProcessorList:
    chain = LogitsProcessorList()
    if sampling.repetition_penalty != 1.0:
        chain.append(RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty))
    if sampling.temperature == 0.0:
        return chain
    if sampling.temperature != 1.0:
        chain.append(TemperatureLogitsWarper(sampling.temperature))
    if sampling.top_k:
        chain.append(TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1.0:
        chain.append(TopPLogitsWarper(sampling.top_p))
    if sampling.min_p:
        chain.append(MinPLogitsWarper(sampling.min_p))
    return chain


class RowSampler:
    """Same seed, same prompt, same answer, alone or in a batch."""

    def __init__(self, sampling: Sampling, prompt: list[int], stop_ids: frozenset[int] = frozenset()) -> None:
        self._chain = _processors(sampling)
        self._greedy = sampling.temperature == 0.0
        self._ids = list(prompt)
        self._stoppable_at = len(prompt) + sampling.min_new_tokens
        self._stops = sorted(stop_ids)
        seed = secrets.randbits(63) if sampling.seed is None else sampling.seed
        # Drawn on the CPU so that a seed means the same on every device.
        self._generator = torch.Generator().manual_seed(seed)

    def choose(self, logits: torch.Tensor) -> int:
        """The next token from ``logits`` of shape (vocabulary,)."""
        scores = logits.float().cpu().unsqueeze(0).clone()
        if len(self._ids) < self._stoppable_at:
            scores[:, self._stops] = -torch.inf
        if len(self._chain):
            scores = self._chain(torch.tensor([self._ids]), scores)
        token = self._pick(scores[0])
        self._ids.append(token)
        return token

    def _pick(self, scores: torch.Tensor) -> int:
        if self._greedy:
            return int(scores.argmax())
        weights = torch.softmax(scores, dim=-1)
        return int(torch.multinomial(weights, 1, generator=self._generator))
