"""Exercises in finding a pattern: a few requests and answers that share a form, then more of them.

The form is drawn anew each time. What is learned is not a form but the trick of it: see which parts
of a request come again in its answer, in which order and between which marks. An expert's answers
are mostly made that way.
"""

from __future__ import annotations

import random

from vortex_tui.nano.conversation import ASSISTANT, END, turn
from vortex_tui.nano.page import Parts
from vortex_tui.nano.vocabulary import thing

_MARKS = ("(", ")", "[", "]", "{", "}", ", ", ": ", "; ", "=", " = ", "<", ">", " > ", "/", " / ", "-", " -",
          "_", ".", "'", '"', "', '", '", "', '": ', " | ", "|", "#", "@", "*", "+", " ", " ", " ", "\\", "^",
          "$", "{\"", "\"}", "['", "']", " --", "();", ";", "'); ")  # fmt: skip
_BETWEEN = (" => ", " -> ", "\n", "\n= ", " | ", ": ")


def _words(words: list[str], count: int, rng: random.Random) -> str:
    return " ".join(rng.choice(words) for _ in range(count))


def _literal(words: list[str], rng: random.Random) -> str:
    """Draw what stands between two slots of an answer."""
    text = "".join(rng.choice(_MARKS) for _ in range(rng.choice((0, 1, 1, 1, 2))))
    if rng.random() < 0.25:
        word = rng.choice(words)
        text += (word.upper() if rng.random() < 0.5 else word) + rng.choice((" ", "(", "='", ": ", "_", ""))
    return text


class Form:
    """One drawn form: wordings around `slots` things, and an answer made of them."""

    def __init__(self, words: list[str], rng: random.Random) -> None:
        """Draw the form."""
        self._words, self._rng = words, rng
        slots = rng.choice((1, 1, 2, 2, 2, 3, 3, 4))
        self._ask = [_words(words, rng.randrange(1, 4), rng) for _ in range(slots + 1)]
        self._order = rng.sample(range(slots), slots) if rng.random() < 0.3 else list(range(slots))
        self._answer = [_literal(words, rng) for _ in range(slots + 1)]
        self._loose = rng.random() < 0.4

    def draw(self) -> tuple[str, str]:
        """Return a request and its answer."""
        things = [thing(self._words, self._rng) for _ in self._order]
        ask = (
            [_words(self._words, self._rng.randrange(3), self._rng) for _ in self._ask]
            if self._loose
            else self._ask
        )
        request = " ".join(part for pair in zip(ask, [*things, ""], strict=True) for part in pair if part)
        answer = "".join(
            f"{text}{things[slot]}" for text, slot in zip(self._answer, self._order, strict=False)
        )
        return request, answer + self._answer[-1]


def exercise(words: list[str], rng: random.Random) -> Parts:
    """Return a run of requests in one form; the answers count from the second."""
    form, chat, between = Form(words, rng), rng.random() < 0.5, rng.choice(_BETWEEN)
    parts: Parts = []
    for number in range(rng.randrange(3, 7)):
        request, answer = form.draw()
        opened = turn("user", request) + f"{ASSISTANT}\n" if chat else request + between
        parts += [(opened, False), (f"{answer}{END if chat else ''}\n", number > 0)]
    return parts
