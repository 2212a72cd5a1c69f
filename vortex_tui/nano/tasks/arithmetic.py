"""Sums of two numbers from 0 to 99; the answer is the number alone."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import choose, vary

TRAIN = (
    "What is {a} + {b}?", "{a} + {b}", "{a}+{b}", "{a} + {b} =", "{a}+{b}=", "{a}+{b}?",
    "Add {a} and {b}", "Add {a} to {b}", "Sum of {a} and {b}", "The sum of {a} and {b}",
    "What is the sum of {a} and {b}?", "What's {a} + {b}?", "What is {a} plus {b}?",
    "What's {a} plus {b}?", "{a} plus {b}", "{a} plus {b} is", "How much is {a} + {b}?",
    "How much is {a} plus {b}?", "Calculate {a} + {b}", "Calculate {a}+{b}.", "Compute {a} + {b}",
    "Compute the sum of {a} and {b}.", "What do you get if you add {a} and {b}?",
    "Tell me {a} + {b}", "Give me {a} plus {b}", "Work out {a} + {b}.", "Solve {a} + {b}",
    "Evaluate {a} + {b}", "What does {a} + {b} equal?", "{a} and {b} added together",
    "If I have {a} apples and get {b} more, how many apples do I have?",
    "I had {a} coins and found {b}. How many now?", "Total of {a} and {b}?",
    "What is {a} and {b} together?", "sum {a} {b}", "add {a} {b}", "What is {a} added to {b}?",
    "Find {a} + {b}.", "what is {a}+{b}", "What's {a}+{b}?", "{a} + {b} = ?",
)  # fmt: skip
TEST = (
    "How much do {a} and {b} make?", "Please tell me what {a} + {b} is.", "Find the sum of {a} and {b}.",
    "Can you add {a} and {b} for me?", "I need {a} + {b}", "{a} + {b} equals?", "{a} +{b}",
    "What is the total of {a} and {b}?",
)  # fmt: skip


_EASY = (8, 6, 4, 3, 2, 2, 1, 1, 1, 1)


def addends(rng: random.Random, easy: float = 0.5) -> tuple[int, int]:
    """Draw two numbers from 0 to 99 to learn from; a share `easy` of the pairs ends in a small digit.

    If all last digits are equally likely, one addend alone says nothing about the last digit of the
    sum, and a network finds no slope to follow. Adding 0, 1 and 2 gives it one.
    """
    a, b = rng.randrange(100), rng.randrange(100)
    if rng.random() < easy:
        b = b - b % 10 + rng.choices(range(10), _EASY)[0]
        return (a, b) if rng.random() < 0.7 else (b, a)
    return a, b


def make(rng: random.Random, train: bool) -> tuple[str, str]:
    """One request and its sum."""
    a, b = addends(rng) if train else (rng.randrange(100), rng.randrange(100))
    text = choose(TRAIN if train else TEST, rng).format(a=a, b=b)
    return (vary(text, rng) if train else text), str(a + b)
