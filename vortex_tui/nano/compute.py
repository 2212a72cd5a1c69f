"""Where the recipe computes: a GPU where there is one, else the processor."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import cross_entropy

from vortex_tui.nano.page import IGNORED, Row


def device() -> torch.device:
    """Return the device to train on."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def tensor(rows: list[list[int]]) -> torch.Tensor:
    """Return rows of equal length as one tensor on the device, (rows, width)."""
    return torch.tensor(rows, device=device())


def logits(model: Any, ids: torch.Tensor, positions: torch.Tensor | None = None) -> torch.Tensor:
    """Return the model's predictions for the tokens after the first, (rows, width - 1, vocabulary).

    Where `positions` start anew, transformers takes what follows for another text: it sees nothing before.
    """
    with torch.autocast(ids.device.type, dtype=torch.bfloat16):
        found: torch.Tensor = model(input_ids=ids, position_ids=positions, use_cache=False).logits
    return found[:, :-1].float()


def loss(model: Any, rows: list[Row]) -> torch.Tensor:
    """Return the mean loss of the labels that count, in nats a token."""
    found = logits(model, tensor([ids for ids, _ in rows]))
    labels = tensor([labels for _, labels in rows])[:, 1:]
    return cross_entropy(found.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)


def weighted_loss(model: Any, kinds: list[tuple[float, list[Row]]]) -> torch.Tensor:
    """Return the sum of the mean losses of several kinds of rows, each by its weight; one forward pass."""
    rows = [row for _, part in kinds for row in part]
    found = logits(model, tensor([ids for ids, _ in rows]))
    labels = tensor([labels for _, labels in rows])[:, 1:]
    total, at = torch.zeros((), device=found.device), 0
    for weight, part in kinds:
        here = slice(at, at + len(part))
        mean = cross_entropy(found[here].flatten(0, 1), labels[here].flatten(), ignore_index=IGNORED)
        total, at = total + weight * mean, at + len(part)
    return total
