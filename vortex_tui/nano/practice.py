"""After the sums, everything at once: exercises, passages that come again, and ordinary text.

Copying what stands before is what an expert's answers are mostly made of, and a base this small
learns it from passages whose second half can be read off the first.
"""

from __future__ import annotations

import random
from typing import Any

import torch
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy

from vortex_tui.nano import page
from vortex_tui.nano.conversation import BOS
from vortex_tui.nano.corpus import Tokens
from vortex_tui.nano.page import Row
from vortex_tui.nano.progress import meter
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.schedule import trapezoid
from vortex_tui.nano.skills import exercise

_EXERCISES = 30  # more than fit on a page
# Of sixteen rows; what each kind of row weighs in the loss.
_ROWS = {"exercise": 8, "again": 2, "text": 6}
_WEIGHTS = {"exercise": 1.0, "again": 0.4, "text": 0.5}


def _exercises(tokenizer: Tokenizer, rng: random.Random) -> Row:
    """A page of exercises; a label counts only where a result stands."""
    parts = [(BOS, False)]
    for _ in range(_EXERCISES):
        parts += exercise(rng)
    return page.exercises(tokenizer, parts)


def _again(tokens: Tokens, rng: random.Random) -> Row:
    """A passage again and again; it counts from the second time."""
    length = rng.randrange(6, 64)
    ids, _ = page.window(tokens, rng)
    repeated = (ids[:length] * (page.WIDTH // length + 1))[: page.WIDTH]
    return repeated, [page.IGNORED] * length + repeated[length:]


def _rows(tokenizer: Tokenizer, tokens: Tokens, rng: random.Random) -> list[Row]:
    """One batch, its kinds of rows in the order of _ROWS."""
    rows = [_exercises(tokenizer, rng) for _ in range(_ROWS["exercise"])]
    rows += [_again(tokens, rng) for _ in range(_ROWS["again"])]
    return rows + [page.window(tokens, rng) for _ in range(_ROWS["text"])]


def _loss(model: Any, rows: list[Row]) -> torch.Tensor:
    ids = torch.tensor([row for row, _ in rows])
    labels = torch.tensor([row for _, row in rows])[:, 1:]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
    total, at = torch.zeros(()), 0
    for kind, count in _ROWS.items():
        part = slice(at, at + count)
        found = cross_entropy(logits[part].float().flatten(0, 1), labels[part].flatten())
        total, at = total + _WEIGHTS[kind] * found, at + count
    return total


def practise(model: Any, tokenizer: Tokenizer, tokens: Tokens, recipe: Recipe) -> Any:
    """Return `model` after `recipe.practice_steps` batches of practice."""
    rng = random.Random(f"{recipe.seed}:practice")
    optimizer = torch.optim.AdamW(
        model.train().parameters(), lr=recipe.practice_rate, betas=(0.9, 0.98), weight_decay=0.05, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, trapezoid(recipe.practice_steps, cool=0.5))
    with meter("practice", recipe.practice_steps) as bar:
        for _ in range(recipe.practice_steps):
            loss = _loss(model, _rows(tokenizer, tokens, rng))
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            bar.step(float(loss.detach()))
    return model.eval()
