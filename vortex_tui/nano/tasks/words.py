"""Whole numbers from 0 to 999 in English words."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, say
from vortex_tui.nano.tasks.task import Example, Task

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

WORDINGS = Wordings(
    open=(
        "Write {n} in words", "{n} in words", "{n} as words", "Write {n} in English", "{n} in English",
        "Write {n} in English words.", "Spell out {n}", "Spell {n}", "Spell out the number {n}",
        "spell {n} in words", "What is {n} in words?", "What's {n} in words?",
        "How do you write {n} in words?", "{n} in letters", "How do you spell {n}?", "How is {n} spelled?",
        "Convert {n} to words", "Convert {n} into English words", "Turn {n} into words",
        "Translate {n} to words", "Express {n} in words", "Change {n} to words.", "Put {n} in words",
        "Give me {n} in words", "Show {n} as words", "Write {n} with letters", "Write out {n}",
        "Write out the number {n} in full", "{n} to words", "{n} written out", "{n} spelled out",
        "words: {n}", "number to words {n}", "The English words for {n}", "What are the words for {n}?",
        "Name the number {n}", "How do you say {n} in English?", "How is the number {n} written in words?",
        "Tell me {n} in words.", "What does {n} look like in words?",
    ),
    held=(
        "Which words mean {n}?", "Please write {n} as English words.", "What would {n} be in words?",
        "to_words({n})", "The number {n} in full letters", "I want {n} spelled out in words",
        "Rewrite {n} with words", "How would you spell the number {n}?", "english {n}", "word form of {n}",
    ),
    sealed=(
        "How would I put {n} into words?", "Use words instead of digits for {n}", "I need {n} in words",
        "Can {n} be spelled out?", "What is the written form of {n} in English?", "in letters, {n} is",
        "Verbalize {n}", "Replace the digits {n} by words", "Find the English name of {n}",
        "My essay says {n}; it should be in words", "For a cheque over {n}, what words do I fill in?",
        "Say the number {n} in plain English", "{n} (digits) = ? (words)", "Which English words name {n}?",
    ),
)  # fmt: skip

PLAIN = (
    ("What do I put on a cheque for 45 dollars, before the dollars?", "forty-five"),
    ("Read 312 aloud", "three hundred twelve"),
    ("say 70 without using any digits", "seventy"),
    ("If a teacher reads 118 to the class, what do they hear?", "one hundred eighteen"),
    ("600, but no figures please", "six hundred"),
    ("what is the name of the number 13", "thirteen"),
    ("My phone has to pronounce 259. Which sounds come out?", "two hundred fifty-nine"),
    ("dictate 84 to me", "eighty-four"),
    ("The contract needs 905 the long way", "nine hundred five"),
    ("How is 17 called?", "seventeen"),
    ("I typed 430 on the form, and the bank wants it as text", "four hundred thirty"),
    ("a novel should not show 22; what goes there instead?", "twenty-two"),
    ("0 is called", "zero"),
    ("the way people say 777", "seven hundred seventy-seven"),
    ("Digits off: 561", "five hundred sixty-one"),
    ("Tell somebody over the radio that the number is 190", "one hundred ninety"),
    ("Children count up and reach 39. Now they shout?", "thirty-nine"),
    ("The keys with digits are broken and I must type 150", "one hundred fifty"),
    ("844 as spoken", "eight hundred forty-four"),
    ("When you voice 206, it sounds like", "two hundred six"),
    ("Be the announcer at a station. Platform 9 becomes platform what?", "nine"),
    ("A toddler points at 98 and asks what it says", "ninety-eight"),
    ("Swap the figure 511 for text", "five hundred eleven"),
    ("Which phrase means 720?", "seven hundred twenty"),
)  # fmt: skip


def spelled(number: int) -> str:
    """Return `number` (0 to 999) in English words, without "and"."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return f"{_TENS[tens]}-{_SMALL[ones]}" if ones else _TENS[tens]
    hundreds, rest = divmod(number, 100)
    return f"{_SMALL[hundreds]} hundred {spelled(rest)}" if rest else f"{_SMALL[hundreds]} hundred"


def make(rng: random.Random, split: Split) -> Example:
    """Draw a request and its words; numbers below 100 come up more often to learn from."""
    number = rng.randrange(100 if split == "train" and rng.random() < 0.3 else 1000)
    return Example(say(WORDINGS, split, rng, {"n": number}, loose=True), spelled(number))


TASK = Task(
    "words",
    "Number words",
    'Writes a whole number from 0 to 999 in English words, like "three hundred forty-two".',
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
