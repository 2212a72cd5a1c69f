"""The decoding loop over transformers: one forward pass a step for all rows of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from transformers import PreTrainedModel

from vortex_tui.engine.backends import hf_cache
from vortex_tui.engine.backends.base import Spared
from vortex_tui.engine.backends.hf_card import within_budget
from vortex_tui.engine.backends.hf_kept import Memory
from vortex_tui.engine.backends.hf_sampling import RowSampler
from vortex_tui.engine.budget.buffers import PIECE
from vortex_tui.engine.protocol import Sampling


def left_padded(prompts: Sequence[list[int]], place: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and attention mask of shape (rows, longest), padded at the left where the mask is 0."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(row)) + row for row in prompts], device=place)
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in prompts], device=place)
    return ids, mask


class HfDecoding:
    """A batch under one mix. ``prepare`` makes that mix the active one before each pass."""

    def __init__(
        self,
        model: PreTrainedModel,
        memory: Memory,
        mix: str,
        prompts: Sequence[list[int]],
        sampling: Sampling,
        stop_ids: frozenset[int],
        prepare: Callable[[], None],
    ) -> None:
        self._model, self._memory, self._prepare = model, memory, prepare
        self._samplers = {row: RowSampler(sampling, prompt, stop_ids) for row, prompt in enumerate(prompts)}
        self._rows = list(self._samplers)
        self._dropped: set[int] = set()
        self._closed = False
        ids, self._mask = left_padded(prompts, model.device)
        positions = (self._mask.cumsum(-1) - 1).clamp(min=0)
        # A lone prompt is read in pieces: between them a request can be cancelled.
        # In a batch a piece could be all padding for a short row, and attention to nothing is not a number.
        self._piece = PIECE if len(prompts) == 1 and memory.steady else ids.shape[1]
        self._lease = memory.lease(mix, prompts, sampling.max_new_tokens)
        known = self._lease.spared.tokens
        # What waits to be evaluated; the mask also covers what has been.
        self._ids, self._positions = ids[:, known:], positions[:, known:]
        self._unknown = self._ids.shape[1]
        self._begun = False
        self._cache_name = hf_cache.argument(model)

    def evaluated(self) -> float:
        """Share (0..1) of the prompts' unknown tokens that have been evaluated."""
        return 1.0 if self._begun else 1 - self._ids.shape[1] / self._unknown

    def spared(self, row: int) -> Spared:  # noqa: ARG002 - only a row that runs alone reuses anything
        """What row did not have to compute."""
        return self._lease.spared

    def drop(self, row: int) -> None:
        """Leave a finished row out of the next steps; the last one ends the batch."""
        self._dropped.add(row)
        if len(self._dropped) == len(self._samplers):
            self.close()

    def close(self) -> None:
        """Drop every row; a lone row's K/V stays for a follow-up."""
        self._dropped.update(self._samplers)
        if not self._closed:
            self._closed = True
            self._memory.release(self._lease)

    @torch.inference_mode()
    def step(self) -> dict[int, list[int]]:
        """The next token of every row still running; none while a long prompt is being evaluated."""
        self._compact()
        if not self._rows:
            return {}
        with within_budget("for this answer"):
            self._prepare()
            logits = self._evaluate()
        if self._ids.shape[1]:
            return {}
        self._begun = True
        tokens = [self._samplers[row].choose(logits[i]) for i, row in enumerate(self._rows)]
        self._advance(tokens)
        return {row: [token] for row, token in zip(self._rows, tokens, strict=True)}

    def _evaluate(self) -> torch.Tensor:
        """Evaluate a piece of what waits; logits of its last place."""
        done = self._mask.shape[1] - self._ids.shape[1]
        self._lease.sound = False  # a pass that fails leaves layers that disagree
        output = self._model(
            input_ids=self._ids[:, : self._piece],
            attention_mask=self._mask[:, : done + self._piece],
            position_ids=self._positions[:, : self._piece],
            use_cache=True,
            logits_to_keep=1,
            **{self._cache_name: self._lease.cache},
        )
        self._lease.sound = True
        self._ids, self._positions = self._ids[:, self._piece :], self._positions[:, self._piece :]
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    def _advance(self, tokens: list[int]) -> None:
        self._ids = torch.tensor(tokens, device=self._mask.device).unsqueeze(1)
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(tokens), 1)], dim=1)
        self._positions = self._mask.sum(-1, keepdim=True) - 1
        if self._lease.ids:
            self._lease.ids += tokens

    def _compact(self) -> None:
        """Take finished rows out of the cache, so that a long row does not pay for short ones."""
        kept = [i for i, row in enumerate(self._rows) if row not in self._dropped]
        if len(kept) == len(self._rows):
            return
        self._rows = [self._rows[i] for i in kept]
        if kept:
            # On the CPU, because that indexes tensors of any device: an offloaded layer's K/V are there.
            chosen = torch.tensor(kept)
            self._lease.cache.batch_select_indices(chosen)
            self._ids, self._mask = self._ids[chosen], self._mask[chosen]
            self._positions = self._positions[chosen]
