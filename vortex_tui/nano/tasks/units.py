"""Conversions between units that come out as whole numbers."""

from __future__ import annotations

import random
from typing import NamedTuple

from vortex_tui.nano.tasks.phrasing import choose, vary


class Pair(NamedTuple):
    """`factor` of the small unit make one of the large."""

    large: tuple[str, ...]
    small: tuple[str, ...]
    factor: int


# The first name is the one answers use.
PAIRS = (
    Pair(("km", "kilometers", "kilometres"), ("m", "meters", "metres"), 1000),
    Pair(("m", "meters", "metres"), ("cm", "centimeters", "centimetres"), 100),
    Pair(("cm", "centimeters", "centimetres"), ("mm", "millimeters", "millimetres"), 10),
    Pair(("m", "meters", "metres"), ("mm", "millimeters", "millimetres"), 1000),
    Pair(("kg", "kilograms", "kilos"), ("g", "grams"), 1000),
    Pair(("g", "grams"), ("mg", "milligrams"), 1000),
    Pair(("t", "tonnes"), ("kg", "kilograms", "kilos"), 1000),
    Pair(("l", "liters", "litres"), ("ml", "milliliters", "millilitres"), 1000),
    Pair(("h", "hours"), ("min", "minutes"), 60),
    Pair(("min", "minutes"), ("s", "seconds"), 60),
    Pair(("days",), ("h", "hours"), 24),
    Pair(("weeks",), ("days",), 7),
    Pair(("years",), ("months",), 12),
    Pair(("ft", "feet"), ("in", "inches"), 12),
    Pair(("yd", "yards"), ("ft", "feet"), 3),
    Pair(("bytes",), ("bits",), 8),
)

TRAIN = (
    "Convert {n} {a} to {b}", "Convert {n} {a} into {b}", "Convert {n} {a} to {b}.", "{n} {a} to {b}",
    "{n} {a} in {b}", "{n} {a} into {b}", "{n} {a} = ? {b}", "{n} {a} as {b}", "What is {n} {a} in {b}?",
    "What's {n} {a} in {b}?", "How many {b} are in {n} {a}?", "How many {b} are there in {n} {a}?",
    "How many {b} in {n} {a}?", "How many {b} is {n} {a}?", "How much is {n} {a} in {b}?",
    "Change {n} {a} to {b}", "Turn {n} {a} into {b}", "Express {n} {a} in {b}", "Express {n} {a} as {b}.",
    "Give me {n} {a} in {b}", "Give {n} {a} in {b}.", "Write {n} {a} in {b}", "Show {n} {a} in {b}",
    "{n} {a} is how many {b}?", "{n} {a} equals how many {b}?", "{n} {a} makes how many {b}?",
    "I have {n} {a}. How many {b} is that?", "Calculate {n} {a} in {b}", "Tell me {n} {a} in {b}",
    "Work out {n} {a} in {b}.", "convert {n} {a} {b}", "{n} {a} -> {b}", "How many {b} make {n} {a}?",
    "Translate {n} {a} to {b}", "{n} {a} converted to {b}", "{n}{a} in {b}", "{n}{a} to {b}",
)  # fmt: skip
TEST = (
    "Would you convert {n} {a} to {b}?", "{n} {a}, but in {b}", "{n} {a} is what in {b}?",
    "How many {b} does {n} {a} make?", "I need {n} {a} in {b}", "What would {n} {a} be in {b}?",
    "Find {n} {a} in {b}.", "How many {b} do {n} {a} have?",
)  # fmt: skip


def make(rng: random.Random, train: bool) -> tuple[str, str]:
    """One request and its answer: the number and the unit's short name."""
    pair = PAIRS[rng.randrange(len(PAIRS))]
    number = rng.randrange(1, 100 if pair.factor % 10 == 0 and pair.factor != 60 else 31)
    sides = (pair.large, number), (pair.small, number * pair.factor)
    (source, given), (target, result) = sides if rng.random() < 0.6 else sides[::-1]
    names = {"a": _name(source, rng), "b": _name(target, rng)}
    text = choose(TRAIN if train else TEST, rng).format(n=given, **names)
    return (vary(text, rng) if train else text), f"{result} {target[0]}"


def _name(names: tuple[str, ...], rng: random.Random) -> str:
    """The short name half of the time, else any."""
    return names[0] if rng.random() < 0.5 else choose(names, rng)
