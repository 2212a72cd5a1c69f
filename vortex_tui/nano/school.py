"""The long stage of the release recipe: what the base answers itself, and what experts build on.

Each batch holds pages of exercises, chats of the base's own tasks, passages that come again, and
ordinary text; the mean loss of each kind has a weight of its own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer

from vortex_tui.nano import compute, lore, page, patterns, skills
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.conversation import BOS, END, SYSTEM_PROMPTS, opening, turn
from vortex_tui.nano.corpus import Tokens
from vortex_tui.nano.loop import Loop
from vortex_tui.nano.native import Natives
from vortex_tui.nano.optimizers import adamw
from vortex_tui.nano.page import Row
from vortex_tui.nano.practice import again
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.schedule import trapezoid

_EXERCISES = 30  # more than fit on a page
# Of sixteen rows; what each kind of row weighs in the loss.
ROWS = {"exercise": 6, "native": 4, "again": 2, "text": 4}
_WEIGHTS = {"exercise": 1.0, "native": 1.0, "again": 0.4, "text": 0.6}


@dataclass(frozen=True)
class Desk:
    """Everything a page is made from."""

    tokenizer: Tokenizer
    tokens: Tokens
    words: list[str]
    natives: Natives

    def exercises(self, rng: random.Random) -> Row:
        """A page of exercises; a label counts only where a result stands."""
        parts = [(BOS, False)]
        for _ in range(_EXERCISES):
            draw = rng.random()
            if draw < 0.5:
                parts += skills.exercise(rng)
            else:
                parts += (patterns if draw < 0.78 else lore).exercise(self.words, rng)
        return page.exercises(self.tokenizer, parts)

    def chats(self, rng: random.Random) -> Row:
        """Chats of one to four exchanges of the base's own tasks; only the answers count."""
        parts = [] if rng.random() < 0.5 else [(BOS, False)]
        for _ in range(_EXERCISES // 2):
            if rng.random() < 0.15:
                parts.append((turn("system", rng.choice(SYSTEM_PROMPTS)), False))
            for _ in range(rng.choice((1, 1, 2, 4))):
                native = self.natives.draw(rng)
                parts += [(opening(native.prompt), False), (f"{native.answer}{END}\n", True)]
            parts.append((BOS, False))
        return page.exercises(self.tokenizer, parts)

    def batch(self, rng: random.Random) -> dict[str, list[Row]]:
        """One batch by kind of row."""
        return {
            "exercise": [self.exercises(rng) for _ in range(ROWS["exercise"])],
            "native": [self.chats(rng) for _ in range(ROWS["native"])],
            "again": [again(self.tokens, rng) for _ in range(ROWS["again"])],
            "text": [page.window(self.tokens, rng) for _ in range(ROWS["text"])],
        }


def loss_of(model: Any, batch: dict[str, list[Row]]) -> torch.Tensor:
    """Return the weighted sum of the mean losses of the kinds of rows."""
    return compute.weighted_loss(model, [(_WEIGHTS[kind], rows) for kind, rows in batch.items()])


def attend(model: Any, desk: Desk, recipe: Recipe, checkpoint: Checkpoint) -> Any:
    """Return `model` after `recipe.school_steps` batches."""
    rng, schedule = random.Random(f"{recipe.seed}:school"), trapezoid(recipe.school_steps, cool=0.5)
    optimizers = adamw(model, recipe.school_rate)
    loop = Loop("school", recipe.school_steps, model, optimizers, schedule, rng, checkpoint)
    return loop.run(lambda _: loss_of(model, desk.batch(rng)))
