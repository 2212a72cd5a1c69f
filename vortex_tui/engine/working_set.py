"""How many experts the last answers used, and what it cost that not all of them fit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

# Answers looked back upon.
WINDOW = 64
# One load in eight answers: less often than that, nobody is kept waiting.
_WORTH_TELLING = WINDOW // 8


class WorkingSet:
    """Counts over the last WINDOW answers. Experts are known by their content hashes.

    ``warning`` is a text that the engine's thread replaces: it may be read from any.
    """

    def __init__(self, capacity: int) -> None:
        self.warning = ""
        self._capacity = capacity
        self._answers: deque[tuple[frozenset[str], int]] = deque(maxlen=WINDOW)
        self._left: dict[str, int] = {}
        self._number = 0
        self._again = 0

    def left(self, content_hash: str) -> None:
        """An expert made room for another."""
        self._left[content_hash] = self._number

    def loaded(self, content_hash: str) -> None:
        """An expert was read from the disk; it counts when it had left within the window."""
        when = self._left.pop(content_hash, None)
        self._again += when is not None and self._number - when < WINDOW

    def answered(self, content_hashes: Iterable[str]) -> None:
        """The experts of one more answer are resident."""
        self._answers.append((frozenset(content_hashes), self._again))
        self._number, self._again = self._number + 1, 0
        self.warning = self._told()

    def _told(self) -> str:
        again = sum(count for _, count in self._answers)
        if again < _WORTH_TELLING:
            return ""
        used = len(frozenset[str]().union(*(used for used, _ in self._answers)))
        if used <= self._capacity:
            return ""
        return (
            f"{used} experts were used in the last {len(self._answers)} answers, {self._capacity} fit: "
            f"{again} times one was loaded again; raise experts.max_loaded"
        )
