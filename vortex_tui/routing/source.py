"""An expert as a router sees it: a name, and exemplars that are read when they are wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vortex_tui.experts.card import ExpertCard


@dataclass(frozen=True, slots=True)
class Source:
    """``digest`` changes whenever the texts may have; ``read`` fetches them."""

    name: str
    digest: str
    count: int
    read: Callable[[], Sequence[str]]


def of(name: str, texts: Sequence[str]) -> Source:
    """A source that holds its texts."""
    return Source(name, digest(texts), len(texts), lambda: texts)


def of_card(card: ExpertCard) -> Source:
    """An expert of the bank, whose texts stay on the disk."""
    return Source(card.id, card.digest, card.exemplar_count, card.read_exemplars)


def digest(parts: Iterable[str]) -> str:
    """SHA-256 (hex) of texts in their order."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()
