"""The decoding loop over transformers: one forward pass a step for all rows of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from transformers import DynamicCache, PreTrainedModel

from vortex_tui.engine.backends.hf_sampling import RowSampler
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
        prompts: Sequence[list[int]],
        sampling: Sampling,
        stop_ids: frozenset[int],
        prepare: Callable[[], None],
    ) -> None:
        self._model = model
        self._prepare = prepare
        self._samplers = {row: RowSampler(sampling, prompt, stop_ids) for row, prompt in enumerate(prompts)}
        self._rows = list(self._samplers)
        self._dropped: set[int] = set()
        self._cache = DynamicCache(config=model.config)
        self._ids, self._mask = left_padded(prompts, model.device)
        self._positions = (self._mask.cumsum(-1) - 1).clamp(min=0)

    def drop(self, row: int) -> None:
        """Leave a finished row out of the next steps."""
        self._dropped.add(row)

    @torch.inference_mode()
    def step(self) -> dict[int, int]:
        """The next token of every row still running; the first call evaluates the prompts."""
        self._compact()
        if not self._rows:
            return {}
        self._prepare()
        logits = self._forward()
        tokens = [self._samplers[row].choose(logits[i]) for i, row in enumerate(self._rows)]
        self._advance(tokens)
        return dict(zip(self._rows, tokens, strict=True))

    def _forward(self) -> torch.Tensor:
        output = self._model(
            input_ids=self._ids,
            attention_mask=self._mask,
            position_ids=self._positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    def _advance(self, tokens: list[int]) -> None:
        self._ids = torch.tensor(tokens, device=self._mask.device).unsqueeze(1)
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(tokens), 1)], dim=1)
        self._positions = self._positions[:, -1:] + 1

    def _compact(self) -> None:
        """Take finished rows out of the cache, so that a long row does not pay for short ones."""
        kept = [i for i, row in enumerate(self._rows) if row not in self._dropped]
        if len(kept) == len(self._rows):
            return
        self._rows = [self._rows[i] for i in kept]
        if kept:
            chosen = torch.tensor(kept, device=self._mask.device)
            self._cache.batch_select_indices(chosen)
            self._ids, self._mask = self._ids[chosen], self._mask[chosen]
            self._positions = self._positions[chosen]
