"""What a text is made of, for the lexical views: words, pairs of words, and pieces of words.

"37 + 58" and "12 + 7" ask the same thing, so every number is a "#". Terms are hashed, so that
a bank of any size needs no vocabulary (feature hashing; Weinberger et al., arXiv 0902.2206).
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from functools import lru_cache
from itertools import chain, pairwise

VIEWS = ("words", "pairs", "pieces")
COLUMNS = 1 << 19
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"#|[^\W\d_]+|[^\w\s]")
_PIECES = (3, 4)
# Most words of a text are not new, so the pieces of those up to this length are remembered: some megabytes.
_USUAL = 24
# A request says what it wants where it begins or where it ends; what lies between is its material.
_HEAD, _TAIL = 1500, 500


def bounded(text: str) -> str:
    """The part of a prompt that is routed: its beginning, and of a long one its end."""
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"


def words(text: str) -> list[str]:
    """Words and signs of a text, without case, every number a "#"."""
    return _WORD.findall(_NUMBER.sub("#", bounded(text).casefold()))


def _pieces(word: str) -> tuple[int, ...]:
    return _usual(word) if len(word) <= _USUAL else _cut(word)


@lru_cache(8192)
def _usual(word: str) -> tuple[int, ...]:
    return _cut(word)


def _cut(word: str) -> tuple[int, ...]:
    """Columns of the pieces of a word."""
    padded = f"<{word}>"
    return tuple(_column(padded[at : at + size]) for size in _PIECES for at in range(len(padded) - size + 1))


def _column(term: str) -> int:
    return zlib.crc32(term.encode("utf-8", "surrogatepass")) % COLUMNS


def terms(text: str) -> tuple[Counter[int], ...]:
    """How often each term occurs, by its column; one count a view, in the order of ``VIEWS``."""
    found = words(text)
    edges = ["^", *found, "$"]
    return (
        Counter(map(_column, found)),
        Counter(_column(f"{one} {other}") for one, other in pairwise(edges)),
        Counter(chain.from_iterable(map(_pieces, found))),
    )
