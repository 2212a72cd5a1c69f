"""Whole numbers from 1 to 399 in Roman numerals."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, say
from vortex_tui.nano.tasks.task import Example, Task

_HUNDREDS = ("", "C", "CC", "CCC")
_TENS = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")

WORDINGS = Wordings(
    open=(
        "Write {n} in Roman numerals", "{n} in Roman numerals", "{n} in Roman", "{n} as a Roman numeral",
        "What is {n} in Roman numerals?", "What's {n} in Roman numerals?", "Convert {n} to Roman numerals",
        "Convert {n} to a Roman numeral", "Convert {n} into Roman numerals.", "Turn {n} into Roman numerals",
        "Roman numeral for {n}", "Roman numerals for {n}", "The Roman numeral for {n}",
        "What is the Roman numeral for {n}?", "Give me {n} in Roman numerals",
        "Give the Roman numeral of {n}", "How do you write {n} in Roman numerals?",
        "How is {n} written in Roman numerals?", "How would a Roman write {n}?",
        "How did the Romans write {n}?", "Express {n} in Roman numerals", "Translate {n} to Roman numerals",
        "Show {n} as Roman numerals", "Change {n} to Roman numerals.", "{n} to Roman",
        "{n} to Roman numerals", "roman {n}", "roman numeral {n}", "Roman: {n}",
        "Write the number {n} as a Roman numeral", "Write {n} the Roman way", "Put {n} in Roman numerals",
        "Spell {n} in Roman numerals", "What does {n} look like in Roman numerals?", "number {n} in roman",
        "Roman form of {n}", "Tell me {n} in Roman numerals.", "What did {n} look like in old Rome?",
        "{n} in Latin numerals", "{n} with Roman letters",
    ),
    held=(
        "How do I write {n} in Roman numerals?", "Please write {n} as Roman numerals.",
        "What would {n} be in Roman numerals?", "to_roman({n})", "Roman equivalent of {n}?",
        "Which Roman numeral means {n}?", "Rewrite {n} with Roman numerals", "convert number {n} to roman",
        "In Rome, {n} was written as", "I want {n} as a numeral of the Romans",
    ),
    sealed=(
        "I need {n} in Roman numerals", "Use Roman numerals for {n}", "Represent {n} the way Romans did",
        "Which letters did Rome use for {n}?", "Can {n} be given as a Roman number?", "Romanize {n}",
        "Arabic {n} = Roman ?", "For a monument, {n} should be Roman", "in roman style, {n} is",
        "Find the Latin numeral that equals {n}", "My clock has Roman numerals; how does it show {n}?",
        "Encode {n} as Roman digits", "What stood for {n} among the Romans?",
        "Replace {n} by its numeral from Rome",
    ),
)  # fmt: skip

PLAIN = (
    ("How would Caesar have written 44?", "XLIV"),
    ("Use only I, V, X, L and C for 19", "XIX"),
    ("King Louis 14: what stands after his name?", "XIV"),
    ("A sundial with old-style figures has what at 9?", "IX"),
    ("Carve 250 over the temple door", "CCL"),
    ("What would a legionary scratch on a wall for 88?", "LXXXVIII"),
    ("Super Bowl 49 has which sign on its logo?", "XLIX"),
    ("If X means ten and I means one, then 30 is", "XXX"),
    ("chapter 12, the way old books print it", "XII"),
    ("Pope John 23, please fix the figure", "XXIII"),
    ("Cicero counts 310 sheep. What does he note down?", "CCCX"),
    ("the ancient form of 99", "XCIX"),
    ("Emperor Nero orders 176 shields; his list reads", "CLXXVI"),
    ("Put 61 as on a gladiator's ticket", "LXI"),
    ("With C for a hundred and L for fifty, show 150", "CL"),
    ("241 in toga style", "CCXLI"),
    ("Which capitals did the empire of Augustus use for 365?", "CCCLXV"),
    ("Tattoo idea: 27, looking antique", "XXVII"),
    ("A stone on the Appian Way marks mile 73. What is chiselled there?", "LXXIII"),
    ("Hadrian asked for 132 bricks, so how did that number look?", "CXXXII"),
    ("Translate 6 for a centurion", "VI"),
    ("Pompeii, house number 204. The plate?", "CCIV"),
    ("swap the Arabic digits of 95 for classical ones", "XCV"),
    ("Queen Elizabeth the 2, as her coins number her", "II"),
)  # fmt: skip


def roman(number: int) -> str:
    """Return `number` (1 to 399) in Roman numerals."""
    return _HUNDREDS[number // 100] + _TENS[number // 10 % 10] + _ONES[number % 10]


def make(rng: random.Random, split: Split) -> Example:
    """Draw a request and its numeral; numbers below 100 come up more often to learn from."""
    number = rng.randrange(1, 100 if split == "train" and rng.random() < 0.4 else 400)
    return Example(say(WORDINGS, split, rng, {"n": number}, loose=True), roman(number))


TASK = Task(
    "roman",
    "Roman numerals",
    "Writes a whole number from 1 to 399 in Roman numerals.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
