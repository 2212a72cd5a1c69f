"""Text that teaches numbers: counting, comparing, adding by hand, interpreter transcripts.

None of it is phrased as a request in a chat, so the base acquires the arithmetic without
acquiring an expert's trade.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from vortex_tui.nano.tasks.roman import roman

_Lines = list[str]


def _number(rng: random.Random) -> int:
    """Mostly below 100, sometimes below 10 or 1,000."""
    draw = rng.random()
    return rng.randrange(10 if draw < 0.15 else 100 if draw < 0.85 else 1000)


def _sums(rng: random.Random) -> _Lines:
    """An interpreter adding numbers."""
    lines = []
    for _ in range(rng.randrange(4, 14)):
        a, b = rng.randrange(100), rng.randrange(100)
        if rng.random() < 0.15:
            a, b = rng.randrange(10), rng.randrange(10)
        lines += [f">>> {a} + {b}", str(a + b)]
    return lines


def _mixed(rng: random.Random) -> _Lines:
    """An interpreter at all four trades."""
    lines = []
    for _ in range(rng.randrange(4, 12)):
        a, b = _number(rng), _number(rng)
        form = rng.randrange(5)
        if form == 0:
            lines += [f">>> {max(a, b)} - {min(a, b)}", str(abs(a - b))]
        elif form == 1:
            lines += [f">>> {a % 13} * {b % 13}", str((a % 13) * (b % 13))]
        elif form == 2:
            lines += [f">>> {a} < {b}", str(a < b)]
        elif form == 3:
            lines += [f">>> sum([{a}, {b}])", str(a + b)]
        else:
            lines += [f">>> {a} + {b}", str(a + b)]
    return lines


def _names(rng: random.Random) -> _Lines:
    """Sums of named numbers."""
    lines = []
    for _ in range(rng.randrange(3, 8)):
        a, b = rng.randrange(100), rng.randrange(100)
        x, y = rng.sample(("a", "b", "x", "y", "n", "left", "right", "first", "second"), 2)
        lines += [f">>> {x}, {y} = {a}, {b}", f">>> {x} + {y}", str(a + b)]
    return lines


def _asserts(rng: random.Random) -> _Lines:
    """Sums as a test file or a table states them."""
    form = choose_form(
        rng, ("assert {a} + {b} == {c}", "{a} + {b} = {c}", "add({a}, {b})  # {c}", "{a}+{b}={c}")
    )
    lines = []
    for _ in range(rng.randrange(5, 16)):
        a, b = rng.randrange(100), rng.randrange(100)
        lines.append(form.format(a=a, b=b, c=a + b))
    return lines


def choose_form(rng: random.Random, forms: tuple[str, ...]) -> str:
    """One of `forms`, drawn evenly."""
    return forms[rng.randrange(len(forms))]


def _columns(rng: random.Random) -> _Lines:
    """Additions done by hand, column by column, with the carry."""
    lines = []
    for _ in range(rng.randrange(2, 7)):
        a, b = rng.randrange(100), rng.randrange(100)
        ones = a % 10 + b % 10
        tens = a // 10 + b // 10
        lines.append(f"{a} + {b}: ones {a % 10} + {b % 10} = {ones}, carry {ones // 10};")
        lines.append(f"tens {a // 10} + {b // 10} + {ones // 10} = {tens + ones // 10}; so {a + b}")
    return lines


def _tens(rng: random.Random) -> _Lines:
    """What a fixed number does to a run of others."""
    step = rng.choice((1, 2, 5, 9, 10, 11, 20, rng.randrange(100)))
    start = rng.randrange(90)
    return [f"{n} + {step} = {n + step}" for n in range(start, start + rng.randrange(5, 12))]


def _counting(rng: random.Random) -> _Lines:
    """Counting on, up or down, in steps."""
    start, step = _number(rng), rng.choice((1, 1, 1, 2, 3, 5, 10, 10, 100))
    numbers = [start + step * i for i in range(rng.randrange(8, 30))]
    if rng.random() < 0.3:
        numbers.reverse()
    return [", ".join(map(str, numbers))]


def _ordering(rng: random.Random) -> _Lines:
    """Comparisons and sorted lists."""
    numbers = [_number(rng) for _ in range(rng.randrange(3, 9))]
    a, b = numbers[:2]
    sign = "<" if a < b else ">" if a > b else "=="
    return [
        f"{a} {sign} {b}",
        f">>> sorted({numbers})",
        str(sorted(numbers)),
        f">>> max({numbers})",
        str(max(numbers)),
    ]


def _digits(rng: random.Random) -> _Lines:
    """Numbers taken apart and put together."""
    lines = []
    for _ in range(rng.randrange(4, 10)):
        n = _number(rng)
        lines.append(f"{n}: digits {' '.join(str(n))}, tens {n // 10 % 10}, ones {n % 10}, next {n + 1}")
    return lines


def _products(rng: random.Random) -> _Lines:
    """Multiplication by the factors that units use, and back."""
    factor = rng.choice((2, 3, 7, 8, 10, 12, 24, 60, 60, 12, 24, 100, 1000))
    lines = []
    for _ in range(rng.randrange(5, 12)):
        n = rng.randrange(1, 31) if factor % 10 or factor == 60 else rng.randrange(1, 100)
        lines.append(
            f"{n} * {factor} = {n * factor}" if rng.random() < 0.6 else f"{n * factor} // {factor} = {n}"
        )
    return lines


def _roman(rng: random.Random) -> _Lines:
    """A table of Roman numerals."""
    lines = []
    for _ in range(rng.randrange(6, 14)):
        n = rng.randrange(1, 400)
        lines.append(f"roman({n}) == '{roman(n)}'")
    return lines


_FORMS: tuple[tuple[Callable[[random.Random], _Lines], int], ...] = (
    (_sums, 28), (_mixed, 10), (_names, 6), (_asserts, 14), (_columns, 10), (_tens, 6),
    (_counting, 6), (_ordering, 5), (_digits, 4), (_products, 10), (_roman, 7),
)  # fmt: skip


def document(rng: random.Random) -> str:
    """Return one short document about numbers."""
    makers, weights = zip(*_FORMS, strict=True)
    maker = rng.choices(makers, weights)[0]
    return "\n".join(maker(rng)) + "\n"
