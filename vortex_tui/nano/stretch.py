"""The short finish at the full context: long windows of whole source files, between batches of school.

Two steps in three are one long row; the third keeps what school taught from fading.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from vortex_tui.nano import compute, school
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.conversation import BOS
from vortex_tui.nano.corpus import Tokens
from vortex_tui.nano.loop import Loop
from vortex_tui.nano.optimizers import adamw
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.schedule import trapezoid


def whole_files(texts: Sequence[str], tokenizer: Tokenizer) -> Tokens:
    """Return source files uncut and end to end, each opened by BOS."""
    encoded = tokenizer.encode_batch([BOS + text for text in texts])
    return np.concatenate([np.asarray(e.ids, dtype=np.uint16) for e in encoded])


def stretch(model: Any, desk: school.Desk, files: Tokens, recipe: Recipe, checkpoint: Checkpoint) -> Any:
    """Return `model` after `recipe.stretch_steps` steps, two in three of `recipe.context` tokens."""
    rng = random.Random(f"{recipe.seed}:stretch")

    def loss_of(step: int) -> torch.Tensor:
        if step % 3 == 2:
            return school.loss_of(model, desk.batch(rng))
        start = rng.randrange(len(files) - recipe.context)
        row = files[start : start + recipe.context].astype(np.int64).tolist()
        return compute.loss(model, [(row, row)])

    optimizers, schedule = adamw(model, recipe.stretch_rate), trapezoid(recipe.stretch_steps, cool=0.6)
    loop = Loop("stretch", recipe.stretch_steps, model, optimizers, schedule, rng, checkpoint)
    return loop.run(loss_of)
