"""Conversions between units that come out as whole numbers; the answer is the number and a short unit."""

from __future__ import annotations

import random
from typing import NamedTuple

from vortex_tui.nano.tasks.phrasing import Split, Wordings, choose, say
from vortex_tui.nano.tasks.task import Example, Task


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

# {q} is a number with its unit, {b} the unit asked for; the number tells the two units apart in any order.
WORDINGS = Wordings(
    open=(
        "Convert {q} to {b}", "Convert {q} into {b}", "{q} to {b}", "{q} in {b}", "{q} into {b}",
        "{q} as {b}", "{q} = ? {b}", "What is {q} in {b}?", "What's {q} in {b}?", "How many {b} are in {q}?",
        "How many {b} are there in {q}?", "How many {b} in {q}?", "How many {b} is {q}?", "{q} -> {b}",
        "How much is {q} in {b}?", "Change {q} to {b}", "Turn {q} into {b}", "Express {q} in {b}",
        "Express {q} as {b}.", "Give me {q} in {b}", "Give {q} in {b}.", "Write {q} in {b}",
        "Show {q} in {b}", "{q} is how many {b}?", "{q} equals how many {b}?", "{q} makes how many {b}?",
        "convert {q} {b}", "I have {q}. How many {b} is that?", "Calculate {q} in {b}", "Tell me {q} in {b}",
        "{q} converted to {b}", "Work out {q} in {b}.", "How many {b} make {q}?", "Translate {q} to {b}",
        "How many {b} does it take for {q}?", "Number of {b} in {q}", "{b} in {q}", "{b} from {q}",
        "What number of {b} is {q}?", "units: {q}, {b}", "If something measures {q}, how many {b} is it?",
        "I was told {q}, what is that in {b}?",
    ),
    held=(
        "{q}, but in {b}", "{q} is what in {b}?", "How many {b} does {q} make?", "What would {q} be in {b}?",
        "Find {q} in {b}.", "How many {b} do {q} have?", "to {b}: {q}", "convert(value={q}, unit={b})",
        "Which number of {b} equals {q}?", "The label says {q}. Show it in {b}",
    ),
    sealed=(
        "I need {q} in {b}", "Switch {q} over to {b}", "{q} comes to how many {b}?",
        "Using {b}, what is {q}?", "What do I get in {b} for {q}?", "Restate {q} with {b} as the unit",
        "In {b}, {q} would be", "My form only takes {b}, and I have {q}", "{q}; the same thing in {b}?",
        "Rewrite {q} so that it is in {b}", "What does {q} amount to, counted in {b}?",
        "To get {q}, how many {b} do I need?", "unit conversion, {q} against {b}",
        "Do you know how many {b} fit into {q}?",
    ),
)  # fmt: skip

PLAIN = (
    ("A rope is 3 m long. State its length by cm", "300 cm"),
    ("If I count minutes, what is 2 h?", "120 min"),
    ("5 weeks away, so which number of days?", "35 days"),
    ("My bag weighs 4 kg, but the airline thinks by grams. What do I tell them?", "4000 g"),
    ("The scale reads 7000 g; and with kilos?", "7 kg"),
    ("same as 6 ft, only inches", "72 in"),
    ("a bottle holds 2 l, or what amount of ml", "2000 ml"),
    ("The film runs 180 min. Number of hours?", "3 h"),
    ("She is 4 years old. Her age counted by months?", "48 months"),
    ("36 months of rent would cover what number of years?", "3 years"),
    ("Measure a 9 yards field using feet", "27 ft"),
    ("bits for 12 bytes?", "96 bits"),
    ("With 64 bits, I can fill this number of bytes:", "8 bytes"),
    ("We waited 3 days; count the hours", "72 h"),
    ("It's a 5 km race, yet the sign only shows metres. What does it say?", "5000 m"),
    ("3000 millilitres of soup make what number of litres", "3 l"),
    ("28 days off work: that is which number of weeks?", "4 weeks"),
    ("My ruler has nothing but cm marks, where do 20 mm end?", "2 cm"),
    ("Load of 8t, rather as kg", "8000 kg"),
    ("Swap seconds for minutes: 300 s", "5 min"),
    ("dose by mg, given a pill of 2g", "2000 mg"),
    ("A child 48 inches tall has what height once you use feet?", "4 ft"),
    ("hours that pass over 2 days", "48 h"),
    ("Instead of 400 cm, I want metres", "4 m"),
)  # fmt: skip

_SINGULAR = {"feet": "foot", "inches": "inch"}


def make(rng: random.Random, split: Split) -> Example:
    """Draw a request and its answer: the number and the unit's short name."""
    pair = choose(PAIRS, rng)
    number = rng.randrange(1, 100 if pair.factor % 10 == 0 and pair.factor != 60 else 31)
    sides = (pair.large, number), (pair.small, number * pair.factor)
    (source, given), (target, result) = sides if rng.random() < 0.6 else sides[::-1]
    fields = {"q": _quantity(given, _name(source, rng), rng), "b": _wanted(target, rng)}
    return Example(say(WORDINGS, split, rng, fields, loose=True), _counted(result, target[0]))


def _name(names: tuple[str, ...], rng: random.Random) -> str:
    """The short name half of the time, else any."""
    return names[0] if rng.random() < 0.5 else choose(names, rng)


def _wanted(names: tuple[str, ...], rng: random.Random) -> str:
    """A name to ask for; "in" alone, without a number, would not be read as a unit."""
    name = _name(names, rng)
    return "inches" if name == "in" else name


def _quantity(number: int, name: str, rng: random.Random) -> str:
    """The number and its unit, now and then with no space before a short one."""
    return f"{number}{name}" if len(name) <= 3 and rng.random() < 0.25 else _counted(number, name)


def _counted(number: int, name: str) -> str:
    """The number and its unit; a unit written out is in the singular after 1."""
    if number == 1 and len(name) > 3:
        name = _SINGULAR.get(name, name.removesuffix("s"))
    return f"{number} {name}"


TASK = Task(
    "units",
    "Units",
    "Converts a whole number of one unit of length, weight, volume, time or data to another; "
    'answers with the number and the short unit, like "3000 m".',
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
