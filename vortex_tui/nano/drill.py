"""After reading, practice: sums and products by the thousand, where only the results are learned.

Reading alone teaches a base this small to write sums that look right. A page of practice counts
the digits of the results and nothing else, and each batch still has an eighth of ordinary text.
"""

from __future__ import annotations

import random
from typing import Any

from tokenizers import Tokenizer

from vortex_tui.nano import compute
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.conversation import BOS
from vortex_tui.nano.corpus import Tokens
from vortex_tui.nano.loop import Loop
from vortex_tui.nano.optimizers import muon
from vortex_tui.nano.page import Row, exercises, window
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.schedule import trapezoid
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


def _batch(tokenizer: Tokenizer, tokens: Tokens, rng: random.Random) -> list[Row]:
    """Return seven pages of practice for each page of ordinary text."""
    pages = [_page(tokenizer, rng) for _ in range(_ROWS * 7 // 8)]
    return pages + [window(tokens, rng) for _ in range(_ROWS - len(pages))]


def practise(model: Any, tokenizer: Tokenizer, tokens: Tokens, recipe: Recipe, checkpoint: Checkpoint) -> Any:
    """Return `model` after `recipe.drill_steps` batches of practice."""
    rng, schedule = random.Random(f"{recipe.seed}:drill"), trapezoid(recipe.drill_steps)
    loop = Loop("drill", recipe.drill_steps, model, muon(model, recipe), schedule, rng, checkpoint)
    return loop.run(lambda _: compute.loss(model, _batch(tokenizer, tokens, rng)))
