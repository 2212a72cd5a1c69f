"""What a text is made of, for the lexical views: words, pairs of words, and pieces of words.

"37 + 58" and "12 + 7" ask the same thing, so every number is a "#". Terms are hashed, so that
a bank of any size needs no vocabulary (feature hashing; Weinberger et al., arXiv 0902.2206).
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

VIEWS = ("words", "pairs", "pieces")
COLUMNS = 1 << 19
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"#|[^\W\d_]+|[^\w\s]")
_PIECES = (3, 4)
# A request says what it wants where it begins or where it ends; what lies between is its material.
_HEAD, _TAIL = 1500, 500


def bounded(text: str) -> str:
    """The part of a prompt that is routed: its beginning, and of a long one its end."""
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"


def words(text: str) -> list[str]:
    """Words and signs of a text, without case, every number a "#"."""
    return _WORD.findall(_NUMBER.sub("#", bounded(text).casefold()))


def _pieces(word: str) -> Iterator[str]:
    padded = f"<{word}>"
    for size in _PIECES:
        yield from (padded[at : at + size] for at in range(len(padded) - size + 1))


def _column(term: str) -> int:
    return zlib.crc32(term.encode("utf-8", "surrogatepass")) % COLUMNS


def terms(text: str) -> tuple[Counter[int], ...]:
    """How often each term occurs, by its column; one count a view, in the order of ``VIEWS``."""
    found = words(text)
    edges = ["^", *found, "$"]
    return (
        Counter(map(_column, found)),
        Counter(_column(f"{one} {other}") for one, other in pairwise(edges)),
        Counter(_column(piece) for word in found for piece in _pieces(word)),
    )
