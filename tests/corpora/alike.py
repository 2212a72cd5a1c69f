"""Likeness told a second time, slowly and plainly, to hold the product's against."""

from __future__ import annotations

import re

LONG = 20


def shingles(text: str) -> set[tuple[str, ...]]:
    """Three words in a row, each sign a word; fewer words are one shingle."""
    words = re.findall(r"\w+|[^\w\s]", text.casefold())
    width = min(3, len(words))
    return {tuple(words[at : at + width]) for at in range(len(words) - width + 1)}


def jaccard(one: str, other: str) -> float:
    """The share of shingles two texts have in common."""
    left, right = shingles(one), shingles(other)
    return len(left & right) / len(left | right)


def related(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """True where two pairs must not be in different splits."""
    long = min(len(shingles(one[1])), len(shingles(other[1]))) >= LONG
    return jaccard(one[0], other[0]) >= 0.8 or (long and jaccard(one[1], other[1]) >= 0.8)
