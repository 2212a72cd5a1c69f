"""Short names of experts: the domain where it says enough, else the id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


def short(domains: Mapping[str, str]) -> dict[str, str]:
    """The short name of each expert, given its domain by its id."""
    counted = Counter(domains.values())
    return {id: domain if counted[domain] == 1 else id for id, domain in domains.items()}


def shortened(text: str, names: Mapping[str, str]) -> str:
    """``text`` with the ids in it replaced by their short names."""
    # The longest first: an id may be the beginning of another.
    for id in sorted((id for id in names if id in text), key=len, reverse=True):
        text = text.replace(id, names[id])
    return text
