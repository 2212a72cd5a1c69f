"""The optimisers of the base's stages."""

from __future__ import annotations

from typing import Any

import torch

from vortex_tui.nano.recipe import Recipe


def muon(model: Any, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for embeddings and norms."""
    named = dict(model.named_parameters())
    matrices = [p for name, p in named.items() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in named.items() if p.ndim != 2 or "embed" in name]
    return [
        torch.optim.Muon(matrices, lr=recipe.muon_rate, weight_decay=0.01),
        torch.optim.AdamW(others, lr=recipe.learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def adamw(model: Any, rate: float) -> list[torch.optim.Optimizer]:
    """AdamW for everything, with a short memory of the squares: copying is learned in jumps."""
    return [torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.05, fused=True)]
