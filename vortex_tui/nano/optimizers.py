"""One optimiser step for all of the base's weights."""

from __future__ import annotations

from typing import Any

import torch

from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.schedule import trapezoid


class Stepper:
    """Muon for the matrices, AdamW for embeddings and norms, over a known number of steps."""

    def __init__(self, model: Any, recipe: Recipe, steps: int) -> None:
        """Prepare to train every weight of `model`."""
        self._model = model
        named = dict(model.named_parameters())
        matrices = [p for name, p in named.items() if p.ndim == 2 and "embed" not in name]
        others = [p for name, p in named.items() if p.ndim != 2 or "embed" in name]
        self._optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, lr=recipe.muon_rate, weight_decay=0.01),
            torch.optim.AdamW(others, lr=recipe.learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        factor = trapezoid(steps)
        self._schedules = [torch.optim.lr_scheduler.LambdaLR(o, factor) for o in self._optimizers]

    def step(self, batch: dict[str, torch.Tensor]) -> float:
        """Take one step and return its loss."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = self._model(**batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        for optimizer, schedule in zip(self._optimizers, self._schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
        return float(loss.detach())
