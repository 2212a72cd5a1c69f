"""Whether this base reads packed examples as if each were alone: tried, not believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from vortex_tui.training.job.examples import Encoded
from vortex_tui.training.job.rows import collate, row_of

# In 16 bits the two ways of masking round differently; that is far less than what another text in sight does.
_TOLERANCE = 0.2
_TRIED, _LONGEST = 3, 512


@torch.inference_mode()
def is_exact(model: Any, examples: Sequence[Encoded], filler: int) -> bool:
    """Whether the last of a few examples in one row gets the logits that it gets alone."""
    tried = sorted(examples, key=lambda each: each.length)[:_TRIED]
    length = sum(each.length for each in tried)
    if len(tried) < 2 or length > _LONGEST:
        return False
    batch = collate([row_of(tried, range(len(tried)), length, filler)])
    packed = _logits(model, batch)
    alone = _logits(model, collate([row_of(tried[-1:], [0], tried[-1].length, filler)]))
    seen = _logits(model, batch | {"position_ids": torch.arange(length)[None]})
    last = slice(-tried[-1].length, None)
    apart, leaking = ((found[last] - alone).abs().max() for found in (packed, seen))
    return bool(apart < _TOLERANCE * leaking)


def _logits(model: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    ids, positions = batch["input_ids"].to(model.device), batch["position_ids"].to(model.device)
    found: torch.Tensor = model(input_ids=ids, position_ids=positions, use_cache=False).logits[0].float()
    return found
