"""After reading, practice: sums and products by the thousand, where only the results are learned.

Reading alone teaches a base this small to write sums that look right. A page of practice counts
the digits of the results and nothing else, and each batch still has an eighth of ordinary text.
"""

from __future__ import annotations

import random
from typing import Any

import torch
from tokenizers import Tokenizer

from vortex_tui.nano.conversation import BOS
from vortex_tui.nano.corpus import Tokens
from vortex_tui.nano.optimizers import Stepper
from vortex_tui.nano.page import Row, exercises, window
from vortex_tui.nano.progress import meter
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.tasks.arithmetic import addends

_ROWS = 8
_FACTORS = (2, 3, 7, 8, 10, 12, 24, 60, 60, 12, 24, 7, 100, 1000)

# (before the first number, between the numbers, before the result, after the result)
_SUMS = (
    (">>> ", " + ", "\n", "\n"),
    ("", "+", "=", "\n"),
    ("", " + ", " = ", "\n"),
    ("assert ", " + ", " == ", "\n"),
)
_PRODUCTS = ((">>> ", " * ", "\n", "\n"), ("", " * ", " = ", "\n"))
_QUOTIENTS = ((">>> ", " // ", "\n", "\n"), ("", " // ", " = ", "\n"))


def _addends(rng: random.Random) -> tuple[int, int]:
    """Draw two numbers, mostly with an easy last digit, sometimes of one digit."""
    a, b = addends(rng, 0.75)
    draw = rng.random()
    return (a % 10, b % 10) if draw < 0.06 else (a, b % 10) if draw < 0.2 else (a, b)


def _exercise(rng: random.Random) -> tuple[tuple[str, str, str, str], int, int, int]:
    """Draw a form, two numbers and their result: sums mostly."""
    draw = rng.random()
    if draw < 0.7:
        a, b = _addends(rng)
        return rng.choice(_SUMS), a, b, a + b
    factor = rng.choice(_FACTORS)
    n = rng.randrange(1, 100 if factor in (10, 100, 1000) else 31)
    if draw < 0.87:
        return rng.choice(_PRODUCTS), n, factor, n * factor
    return rng.choice(_QUOTIENTS), n * factor, factor, n


def _page(tokenizer: Tokenizer, rng: random.Random) -> Row:
    """Return the ids and the labels of one page; a label counts only where a result stands."""
    parts = [(BOS, False)]
    for _ in range(40):
        (first, between, before, after), a, b, result = _exercise(rng)
        parts += [(f"{first}{a}{between}{b}{before}", False), (f"{result}{after}", True)]
    return exercises(tokenizer, parts)


def _batch(tokenizer: Tokenizer, tokens: Tokens, rows: int, rng: random.Random) -> dict[str, torch.Tensor]:
    """Return seven pages of practice for each page of ordinary text."""
    pages = [_page(tokenizer, rng) for _ in range(rows * 7 // 8)]
    pages += [window(tokens, rng) for _ in range(rows - len(pages))]
    return {
        "input_ids": torch.tensor([ids for ids, _ in pages]),
        "labels": torch.tensor([labels for _, labels in pages]),
    }


def practise(model: Any, tokenizer: Tokenizer, tokens: Tokens, recipe: Recipe) -> Any:
    """Return `model` after `recipe.drill_steps` batches of practice."""
    rng = random.Random(f"{recipe.seed}:drill")
    stepper = Stepper(model.train(), recipe, recipe.drill_steps)
    with meter("drill", recipe.drill_steps) as bar:
        for _ in range(recipe.drill_steps):
            bar.step(stepper.step(_batch(tokenizer, tokens, _ROWS, rng)))
    return model.eval()
