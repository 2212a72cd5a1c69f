"""Whole numbers from 1 to 399 in Roman numerals."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import choose, vary

_HUNDREDS = ("", "C", "CC", "CCC")
_TENS = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")

TRAIN = (
    "Write {n} in Roman numerals", "{n} in Roman numerals", "{n} in Roman", "{n} as a Roman numeral",
    "What is {n} in Roman numerals?", "What's {n} in Roman numerals?", "Convert {n} to Roman numerals",
    "Convert {n} to a Roman numeral", "Convert {n} into Roman numerals.", "Turn {n} into Roman numerals",
    "Roman numeral for {n}", "Roman numerals for {n}", "The Roman numeral for {n}",
    "What is the Roman numeral for {n}?", "Give me {n} in Roman numerals", "Give the Roman numeral of {n}",
    "How do you write {n} in Roman numerals?", "How is {n} written in Roman numerals?",
    "How would a Roman write {n}?", "How did the Romans write {n}?", "Express {n} in Roman numerals",
    "Translate {n} to Roman numerals", "Show {n} as Roman numerals", "Change {n} to Roman numerals.",
    "{n} to Roman", "{n} to Roman numerals", "roman {n}", "roman numeral {n}", "Roman: {n}",
    "Write the number {n} as a Roman numeral", "Write {n} the Roman way", "Put {n} in Roman numerals",
    "Spell {n} in Roman numerals", "What does {n} look like in Roman numerals?", "number {n} in roman",
    "Roman form of {n}", "Tell me {n} in Roman numerals.",
)  # fmt: skip
TEST = (
    "How do I write {n} in Roman numerals?", "Please write {n} as Roman numerals.",
    "What would {n} be in Roman numerals?", "Give me the Roman numeral for {n}", "Roman numeral of {n}?",
    "I need {n} in Roman numerals", "Show me {n} in Roman numerals.", "convert number {n} to roman",
)  # fmt: skip


def roman(number: int) -> str:
    """Return `number` (1 to 399) in Roman numerals."""
    return _HUNDREDS[number // 100] + _TENS[number // 10 % 10] + _ONES[number % 10]


def make(rng: random.Random, train: bool) -> tuple[str, str]:
    """One request and its numeral; small numbers come up more often."""
    number = rng.randrange(1, 100) if rng.random() < 0.4 else rng.randrange(1, 400)
    text = choose(TRAIN if train else TEST, rng).format(n=number)
    return (vary(text, rng) if train else text), roman(number)
