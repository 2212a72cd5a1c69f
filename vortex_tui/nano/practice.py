"""After the sums, everything at once: exercises, passages that come again, and ordinary text.

Copying what stands before is what an expert's answers are mostly made of, and a base this small
learns it from passages whose second half can be read off the first.
"""

from __future__ import annotations

import random
from typing import Any

import torch
from tokenizers import Tokenizer

from vortex_tui.nano import compute, page
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.conversation import BOS
from vortex_tui.nano.corpus import Tokens
from vortex_tui.nano.loop import Loop
from vortex_tui.nano.optimizers import adamw
from vortex_tui.nano.page import Row
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


def again(tokens: Tokens, rng: random.Random) -> Row:
    """A passage again and again; it counts from the second time."""
    length = rng.randrange(6, 64)
    ids, _ = page.window(tokens, rng)
    repeated = (ids[:length] * (page.WIDTH // length + 1))[: page.WIDTH]
    return repeated, [page.IGNORED] * length + repeated[length:]


def _loss(model: Any, tokenizer: Tokenizer, tokens: Tokens, rng: random.Random) -> torch.Tensor:
    """The loss of one batch."""
    rows = {
        "exercise": [_exercises(tokenizer, rng) for _ in range(_ROWS["exercise"])],
        "again": [again(tokens, rng) for _ in range(_ROWS["again"])],
        "text": [page.window(tokens, rng) for _ in range(_ROWS["text"])],
    }
    return compute.weighted_loss(model, [(_WEIGHTS[kind], part) for kind, part in rows.items()])


def practise(model: Any, tokenizer: Tokenizer, tokens: Tokens, recipe: Recipe, checkpoint: Checkpoint) -> Any:
    """Return `model` after `recipe.practice_steps` batches of practice."""
    rng, schedule = random.Random(f"{recipe.seed}:practice"), trapezoid(recipe.practice_steps, cool=0.5)
    optimizers = adamw(model, recipe.practice_rate)
    loop = Loop("practice", recipe.practice_steps, model, optimizers, schedule, rng, checkpoint)
    return loop.run(lambda _: _loss(model, tokenizer, tokens, rng))
