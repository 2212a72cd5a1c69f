"""Words to exercise with: those of the standard library, and names, files and numbers made of them."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"(?<![A-Za-z_.])[a-z]{3,10}(?![A-Za-z_.(])")
_COMMON = 3000
_ENDINGS = ("txt", "md", "py", "csv", "log", "json", "toml", "html", "cfg", "zip", "sh", "xml")


def common(texts: Iterable[str]) -> list[str]:
    """Return the words that `texts` use most, in the order of the alphabet."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text))
    return sorted(word for word, _ in counts.most_common(_COMMON))


def thing(words: list[str], rng: random.Random) -> str:
    """Draw something one may have to copy: a word, a name, a number, a time, a date, a file."""
    draw, word = rng.random(), rng.choice(words)
    if draw < 0.45:
        return word
    if draw < 0.6:
        return word.capitalize()
    if draw < 0.78:
        return str(rng.randrange(10 ** rng.randrange(1, 5)))
    if draw < 0.84:
        return f"{word}.{rng.choice(_ENDINGS)}"
    if draw < 0.89:
        return f"{rng.randrange(24)}:{rng.randrange(60):02}"
    if draw < 0.93:
        return f"{rng.randrange(1900, 2100)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    return f"{word}{rng.choice('_-./')}{rng.choice(words)}" if draw < 0.97 else word.upper()
