"""Sums of two numbers from 0 to 99; the answer is the number alone."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, say
from vortex_tui.nano.tasks.task import Example, Task

WORDINGS = Wordings(
    open=(
        "What is {a} + {b}?", "{a} + {b}", "{a}+{b}", "{a} + {b} =", "{a}+{b}=", "{a}+{b}?", "{a} +{b}",
        "{a}+ {b}", "Add {a} and {b}", "Add {a} to {b}", "Sum of {a} and {b}", "The sum of {a} and {b}",
        "What is the sum of {a} and {b}?", "What's {a} + {b}?", "What is {a} plus {b}?", "{a} plus {b}",
        "{a} plus {b} is", "How much is {a} + {b}?", "How much is {a} plus {b}?", "Calculate {a} + {b}",
        "Compute {a} + {b}", "Compute the sum of {a} and {b}.", "What do you get if you add {a} and {b}?",
        "Give me {a} plus {b}", "Work out {a} + {b}.", "Solve {a} + {b}", "What does {a} + {b} equal?",
        "{a} and {b} added together", "I had {a} coins and found {b}. How many now?",
        "If I have {a} apples and get {b} more, how many apples do I have?", "Total of {a} and {b}?",
        "What is {a} and {b} together?", "sum {a} {b}", "add {a} {b}", "What is {a} added to {b}?",
    ),
    held=(
        "Find {a} + {b}.", "Evaluate {a} + {b}", "Tell me {a} + {b}", "{a} + {b} comes to what?",
        "There are {a} red and {b} blue balls. How many balls?", "Increase {a} by {b}",
        "The two numbers {a} and {b}, summed",
        "What number is {b} more than {a}?",
    ),
    sealed=(
        "How much do {a} and {b} make?", "Please tell me what {a} + {b} is.", "Find the sum of {a} and {b}.",
        "Could someone total {a} and {b}?", "I need {a} + {b}", "{a} + {b} equals?",
        "{a} and then {b} on top",
        "What is the total of {a} and {b}?", "Put {a} and {b} together", "{b} on top of {a} gives?",
        "My bill was {a} and then {b} more; what do I owe?", "add up: {a}, {b}", "Take {a}, put {b} to it",
    ),
)  # fmt: skip

PLAIN = (
    ("14 birds sat on a wire and 9 flew in. How many sit there?", "23"),
    ("I owe Sam 25 and Kim 31, so how much in all?", "56"),
    ("She is 38; how old will she be in 17 years?", "55"),
    ("We sold 46 tickets on Monday and 28 on Tuesday. Sales so far?", "74"),
    ("A shelf holds 52 novels, another 19. Number of novels?", "71"),
    ("Start at 63 and go up 8", "71"),
    ("7 cats met 15 dogs. How many animals?", "22"),
    ("Page 44, then read 12 pages. Which page now?", "56"),
    ("40 chairs here, 35 over there: how many chairs?", "75"),
    ("He ran 21 laps and then another 13", "34"),
    ("90 in the morning, 6 in the evening, for the day?", "96"),
    ("a score of 33 followed by a score of 33", "66"),
    ("12 eggs from one hen, 11 from the other. Count them", "23"),
    ("The bus had 27 people and 5 got on", "32"),
    ("I saved 80 euros, then 19. What do I have?", "99"),
    ("two boxes: 16 pens, 48 pens. Pens?", "64"),
    ("with 58 points and a bonus of 20, where am I?", "78"),
    ("From 9 climb 9 higher", "18"),
    ("71 guests came early, 24 late; guests?", "95"),
    ("13 frogs, joined by 13 more", "26"),
    ("He lifted 45 kilos, then put 20 kilos on the bar. New weight?", "65"),
    ("chapter one has 37 pages and chapter two 22; pages altogether?", "59"),
    ("I counted 60 cars before noon, 39 after; cars in the day?", "99"),
    ("It was 18 degrees and rose by 7. Now it is?", "25"),
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


def make(rng: random.Random, split: Split) -> Example:
    """Draw a request and its sum."""
    a, b = addends(rng) if split == "train" else (rng.randrange(100), rng.randrange(100))
    return Example(say(WORDINGS, split, rng, {"a": a, "b": b}, loose=True), str(a + b))


TASK = Task(
    "arithmetic",
    "Sums",
    "Adds two whole numbers from 0 to 99; answers with the number alone.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
