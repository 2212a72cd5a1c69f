"""Small tables the base should know, as exercises: months, number words, clocks, capitals.

They are in forms of their own, never in those the experts are asked in.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from vortex_tui.nano.page import Parts
from vortex_tui.nano.tasks.hours import written
from vortex_tui.nano.tasks.iso import MONTHS
from vortex_tui.nano.tasks.words import spelled


def _calendar(words: list[str], rng: random.Random) -> Parts:
    """A date, in digits and in words."""
    year, month, day = rng.randrange(1900, 2100), rng.randrange(1, 13), rng.randrange(1, 29)
    name, short = MONTHS[month - 1], MONTHS[month - 1][:3]
    digits, text = f"{year}-{month:02}-{day:02}", f"{day} {rng.choice((name, name, short))} {year}"
    form = rng.randrange(5)
    if form == 0:
        return [(f">>> date({year}, {month}, {day})\n", False), (f"{day} {name} {year}\n", True)]
    if form == 1:
        return [(f"{text} {rng.choice(words)} [", False), (f"{digits}]\n", True)]
    if form == 2:
        return [(f"[{digits}] {rng.choice(words)} ", False), (f"{day} {name} {year}\n", True)]
    if form == 3:
        return [(f"{name} {day}, {year} | ", False), (f"{digits}\n", True)]
    return [(f"month {month:02} ", False), (f"{name}\n", True)]


def _clock(words: list[str], rng: random.Random) -> Parts:
    """Two lengths of time and both together."""
    a, b = (rng.randrange(10) * 60 + rng.randrange(12) * 5 for _ in range(2))
    b = b % 60 if rng.random() < 0.3 else b
    total = f"{written(a + b)}\n"
    first, second = written(a), written(b)
    forms = (f">>> clock('{first}') + clock('{second}')\n", f"{first} {rng.choice(words)} {second} | ",
             f"{first}+{second}=", f"[{first}, {second}] {rng.choice(words)} ",
             f"{first} + {second} = ")  # fmt: skip
    return [(rng.choice(forms), False), (total, True)]


def _number(words: list[str], rng: random.Random) -> Parts:
    """A number in words."""
    n = rng.randrange(1000) if rng.random() < 0.6 else rng.randrange(100)
    form = rng.choice((f"{n}: ", f">>> spelled({n})\n", f"{rng.choice(words)} {n} {rng.choice(words)} | "))
    return [(form, False), (f"{spelled(n)}\n", True)]


def _names(words: list[str], rng: random.Random) -> Parts:
    """Words as the parts of a name."""
    parts = [rng.choice(words) for _ in range(rng.randrange(2, 5))]
    capital = "".join(p.capitalize() for p in parts)
    made = {"_": "_".join(parts), "-": "-".join(parts), ".": ".".join(parts), "/": "/".join(parts),
            "A": capital, "a": capital[0].lower() + capital[1:], "^": " ".join(parts).title(),
            "!": " ".join(parts).upper()}  # fmt: skip
    mark = rng.choice([*list(made), "a", "a", "A"])
    return [(f"{mark} {' '.join(parts)} | ", False), (f"{made[mark]}\n", True)]


_KINDS: tuple[Callable[[list[str], random.Random], Parts], ...] = (_calendar, _clock, _number, _names)


def exercise(words: list[str], rng: random.Random) -> Parts:
    """Return one line from one of the tables."""
    return rng.choices(_KINDS, (3, 3, 2, 3))[0](words, rng)
