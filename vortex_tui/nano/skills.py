"""Exercises whose results count: sums near and far, products, copying, looking up, filling in.

Each exercise is a list of parts (text, counts). Only the parts that count are learned. They are in
forms of their own, transcripts and odd little chats, never in the forms the experts are asked in.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from vortex_tui.nano.conversation import ASSISTANT, END, turn
from vortex_tui.nano.page import Parts
from vortex_tui.nano.tasks.arithmetic import addends
from vortex_tui.nano.tasks.phrasing import choose
from vortex_tui.nano.tasks.roman import roman
from vortex_tui.nano.tasks.sql import TABLES

_COLUMNS = {column for words, numbers in TABLES.values() for column in words + numbers}
WORDS = (
    *sorted(TABLES), *sorted(_COLUMNS), "left", "right", "total", "value", "index", "item", "key", "path",
    "file", "line", "text", "data", "count", "first", "last", "next", "node", "list", "tree", "queue",
    "stack", "red", "green", "blue", "cat", "dog", "house", "river", "stone", "north", "south", "lamp",
    "window", "bread", "km", "cm", "mm", "kg", "mg", "ml", "min", "hours", "days", "weeks", "months",
    "feet", "yards", "bytes", "bits", "liters", "grams", "meters", "average", "highest", "lowest",
    "number", "unique", "rows", "above",
)  # fmt: skip
_FACTORS = (2, 3, 7, 8, 10, 12, 24, 60, 60, 12, 24, 7, 100, 1000, 10, 100, 1000, 1000)
_NEAR = (
    ">>> {a} {o} {b}\n", "{a}{o}{b}=", "{a} {o} {b} = ", "assert {a} {o} {b} == ", "{a} {o}{b} = ",
    "{a}{o} {b}: ", "{a}  {o}  {b} = ", "({a}) {o} ({b}) = ", "{a} {b} ({o}) ",
)  # fmt: skip
_FAR = (
    "def {x}():\n    {y} = {a}\n    {z} = {b}\n    return {y} {o} {z}\n>>> {x}()\n",
    "{y} = {a}\n{z} = {b}\nprint({y} {o} {z})  # ", ">>> {y} = {a}\n>>> {y} {o} {b}\n",
    "{x} {y}: {a} {o} {b}, {z}: ", "{a} {o} {b} ({x} {y} {z}) is ", "{a} {x} {o} {b} {x} {y} = ",
    "# {x} {a} {o} {b} {y}\n>>> {z}\n", "{x}({a}, '{o}', {b}) -> ", "[{a} {o} {b}]: {x}: ",
)  # fmt: skip
_CHATS = (
    ("Repeat {x}", "{x}"), ("Say {x} and then {y}", "{x} {y}"), ("Swap {x} and {y}", "{y} {x}"),
    ("Quote {x}", "'{x}'"), ("Make a list of {x}, {y} and {z}", "[{x}, {y}, {z}]"),
    ("Call {x} with {a}", "{x}({a});"), ("Join {x} and {y} with a dot", "{x}.{y}"),
    ("Repeat the number {a}", "{a}"), ("Digits of {a}", "{d}"), ("What comes after {a}?", "{n}"),
    ("Which is larger, {a} or {b}?", "{m}"), ("Set {x} to {a}", "{x} = {a};"),
    ("Which is smaller, {a} or {b}?", "{s}"), ("Import {x} from {y}", "FROM {y} IMPORT {x};"),
    ("Compare {x} of {y} with {a}", "{y}.{x} > {a};"), ("Put {x} into {y}", "{y}({x});"),
    ("Read {x}, {y} of {z}", "READ {x}, {y} OF {z};"),
    ("Delete the key {x} of {y} at {a}", "DEL {y}[{x}] = {a};"),
    ("{x} {y} {z}, the last?", "{z}"), ("{x} {y} {z}, the first?", "{x}"), ("Swap {a} and {b}", "{b} {a}"),
)  # fmt: skip


def _fields(rng: random.Random) -> dict[str, str]:
    """Draw three words and two numbers, and what is plainly true of them."""
    x, y, z = rng.sample(WORDS, 3)
    a, b = rng.randrange(100), rng.randrange(100)
    known = {"n": a + 1, "m": max(a, b), "s": min(a, b)}
    return {"x": x, "y": y, "z": z, "a": str(a), "b": str(b), "d": " ".join(str(a))} | {
        key: str(value) for key, value in known.items()
    }


def _operation(rng: random.Random) -> tuple[int, str, int, int]:
    """Draw two numbers, an operator and the result: sums mostly."""
    draw = rng.random()
    if draw < 0.7:
        a, b = addends(rng, 0.6)
        return (a, "+", b % 10, a + b % 10) if draw < 0.07 else (a, "+", b, a + b)
    factor = rng.choice(_FACTORS)
    n = rng.randrange(1, 100 if factor in (10, 100, 1000) else 31)
    return (n, "*", factor, n * factor) if draw < 0.87 else (n * factor, "//", factor, n)


def _calculation(rng: random.Random) -> Parts:
    """Draw a calculation, its operands near the result or far from it."""
    a, sign, b, result = _operation(rng)
    form = choose(_NEAR if rng.random() < 0.4 else _FAR, rng)
    text = form.format(**(_fields(rng) | {"a": str(a), "b": str(b), "o": sign}))
    return [(text, False), (f"{result}\n", True)]


def _copy(rng: random.Random) -> Parts:
    """Draw words that stand there twice."""
    text = " ".join(rng.choices(WORDS, k=rng.randrange(3, 12)))
    forms = (("'", "' == '"), (">>> ", "\n"), ("", "; "), ("x = ", "\n>>> x\n"), ("(", ") ("))
    opening, between = rng.choice(forms)
    return [(f"{opening}{text}{between}", False), (f"{text}\n", True)]


def _lookup(rng: random.Random) -> Parts:
    """Draw a small dictionary and look something up."""
    keys = rng.sample(WORDS, rng.randrange(2, 6))
    pairs = {key: rng.randrange(100) if rng.random() < 0.5 else rng.choice(WORDS) for key in keys}
    wanted = rng.choice(keys)
    listed = ", ".join(f"{key}: {value}" for key, value in pairs.items())
    return [(f"{{{listed}}}[{wanted}] is ", False), (f"{pairs[wanted]}\n", True)]


def _chat(rng: random.Random) -> Parts:
    """Draw a tiny request that copies or compares."""
    request, reply = rng.choice(_CHATS)
    fields = _fields(rng)
    text = request.format(**fields)
    text = text.lower() if rng.random() < 0.3 else text
    return [(turn("user", text) + f"{ASSISTANT}\n", False), (reply.format(**fields) + END + "\n", True)]


def _roman(rng: random.Random) -> Parts:
    """Draw a Roman numeral."""
    n = rng.randrange(1, 400)
    x, y = rng.sample(WORDS, 2)
    form = rng.choice(("roman({n}) == '", "{x} {n} {y}: '", ">>> roman({n})\n'"))
    return [(form.format(n=n, x=x, y=y), False), (f"{roman(n)}'\n", True)]


_KINDS: tuple[tuple[Callable[[random.Random], Parts], int], ...] = (
    (_calculation, 45), (_copy, 12), (_lookup, 10), (_chat, 26), (_roman, 7),
)  # fmt: skip


def exercise(rng: random.Random) -> Parts:
    """Return one exercise."""
    makers, weights = zip(*_KINDS, strict=True)
    parts: Parts = rng.choices(makers, weights)[0](rng)
    return parts
