"""Computed K/V that may serve again: found by mix and longest prefix; the least recently used goes first.

K/V belongs to the mix that computed it. Two mixes never share an entry, however alike their tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

H = TypeVar("H")
Ids = npt.NDArray[np.int32]


@dataclass(slots=True, eq=False)
class Entry(Generic[H]):
    """K/V of ``ids`` under the mix ``mix``; ``handle`` says where it is, ``size`` what it weighs."""

    mix: str
    ids: Ids
    handle: H
    size: int


def as_ids(tokens: Sequence[int]) -> Ids:
    """Token ids as an array that compares fast."""
    return np.asarray(tokens, dtype=np.int32)


def common(a: Ids, b: Ids) -> int:
    """How many ids two sequences share from their start."""
    length = min(len(a), len(b))
    different = np.flatnonzero(a[:length] != b[:length])
    return int(different[0]) if len(different) else length


class Kept(Generic[H]):
    """Entries in the order of their last use, weighing ``limit`` at most; ``leave`` is told who goes."""

    def __init__(self, limit: int, leave: Callable[[Entry[H]], None]) -> None:
        self._limit = limit
        self._leave = leave
        self._entries: list[Entry[H]] = []

    @property
    def size(self) -> int:
        """What all entries weigh."""
        return sum(entry.size for entry in self._entries)

    @property
    def handles(self) -> tuple[H, ...]:
        """The handles of all entries."""
        return tuple(entry.handle for entry in tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def best(self, mix: str, ids: Ids) -> tuple[Entry[H] | None, int]:
        """The entry of this very mix with the longest common prefix, and that length."""
        found: Entry[H] | None = None
        longest = 0
        for entry in self._entries:
            if entry.mix == mix and (shared := common(entry.ids, ids)) > longest:
                found, longest = entry, shared
        return found, longest

    def take(self, entry: Entry[H]) -> H:
        """Take an entry out; who takes it owns its handle."""
        self._entries.remove(entry)
        return entry.handle

    def touch(self, entry: Entry[H]) -> None:
        """Make an entry the last to leave."""
        self._entries.remove(entry)
        self._entries.append(entry)

    def add(self, entry: Entry[H]) -> bool:
        """Keep an entry, older ones leaving for it; False, and it leaves at once, when it is no use.

        Of two that begin alike under one mix, the longer one makes the shorter superfluous.
        """
        self._drop_shorter(entry)
        if entry.size > self._limit or self.best(entry.mix, entry.ids)[1] == len(entry.ids):
            self._leave(entry)
            return False
        self._entries.append(entry)
        self.shrink(self._limit)
        return True

    def shrink(self, limit: int) -> None:
        """Let the least recently used go until the rest weighs at most ``limit``."""
        while self._entries and self.size > limit:
            self._leave(self._entries.pop(0))

    def drop_oldest(self) -> bool:
        """Let the least recently used go; False when there is none."""
        if not self._entries:
            return False
        self._leave(self._entries.pop(0))
        return True

    def clear(self) -> None:
        """Let all go."""
        self.shrink(-1)

    def _drop_shorter(self, entry: Entry[H]) -> None:
        """Let those go whose ids the new one begins with."""
        for old in [e for e in self._entries if e.mix == entry.mix and len(e.ids) <= len(entry.ids)]:
            if common(old.ids, entry.ids) == len(old.ids):
                self._entries.remove(old)
                self._leave(old)
