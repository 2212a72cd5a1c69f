"""Lexical similarity: TF-IDF over words and character n-grams, numbers folded to one sign.

"37 + 58" and "12 + 7" ask the same thing, so every number is a "#".
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"#|[^\W\d_]+|[^\w\s]")
_NGRAMS = (3, 4)
# A prompt beyond this says no more about its kind.
_MAX_CHARS = 4000

Matrix = npt.NDArray[np.float32]


def features(text: str) -> Iterator[str]:
    """Words and signs, pairs of them, and character n-grams of words."""
    folded = _NUMBER.sub("#", text[:_MAX_CHARS].casefold())
    words = _WORD.findall(folded)
    yield from words
    yield from map(" ".join, pairwise(words))
    for word in words:
        padded = f"<{word}>"
        for size in _NGRAMS:
            yield from (padded[at : at + size] for at in range(len(padded) - size + 1))


class TfIdf:
    """A vocabulary with inverse document frequencies, fitted on ``texts``."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(set(features(text)))
        self._columns = {feature: column for column, feature in enumerate(sorted(counts))}
        self._idf = np.array(
            [math.log((1 + len(texts)) / (1 + counts[f])) + 1 for f in self._columns], dtype=np.float32
        )

    def transform(self, texts: Iterable[str]) -> Matrix:
        """Rows of unit length (texts, features); a text of unknown words is a zero row."""
        rows = [self._row(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, len(self._columns)), np.float32)

    def _row(self, text: str) -> Matrix:
        row = np.zeros(len(self._columns), np.float32)
        unknown = 0
        for feature, count in Counter(features(text)).items():
            column = self._columns.get(feature)
            if column is None:
                unknown += 1
            else:
                row[column] = (1 + math.log(count)) * self._idf[column]
        # Words nobody knows make a prompt less like anyone's, so they count in its length.
        rarest = float(self._idf.max(initial=1.0))
        length = math.sqrt(float(row @ row) + unknown * rarest * rarest)
        return row / length if length else row
