"""The four trades of nano's experts: requests with checkable answers. Needs no torch."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal, NamedTuple

from vortex_tui.nano.tasks import arithmetic, roman, sql, units

Split = Literal["train", "test"]
DOMAINS = ("arithmetic", "units", "sql", "roman")

_MAKERS: dict[str, Callable[[random.Random, bool], tuple[str, str]]] = {
    "arithmetic": arithmetic.make,
    "units": units.make,
    "sql": sql.make,
    "roman": roman.make,
}


class Example(NamedTuple):
    """A request as somebody types it, and the only right answer."""

    prompt: str
    answer: str


def sample(domain: str, rng: random.Random, split: Split) -> Example:
    """Draw one example of `domain`; "test" uses phrasings that training never sees.

    Raises KeyError for a domain that is not in DOMAINS.
    """
    return Example(*_MAKERS[domain](rng, split == "train"))


def samples(domain: str, count: int, seed: int, split: Split) -> list[Example]:
    """Draw `count` examples with no prompt twice, the same for the same seed."""
    rng = random.Random(f"{seed}:{domain}:{split}")
    found: dict[str, Example] = {}
    while len(found) < count:
        example = sample(domain, rng, split)
        found.setdefault(example.prompt, example)
    return list(found.values())
