"""Prompt-lookup decoding: drafts copied from the context, verified by the model in one evaluation.

Method: Saxena, "Prompt Lookup Decoding", 2023 (https://github.com/apoorvumang/prompt-lookup-decoding).
What is chosen is what would have been chosen without: a draft only saves evaluations.
"""

from __future__ import annotations

from collections.abc import Sequence

_NGRAMS = (4, 3, 2)
_SHORTEST, _LONGEST = 2, 16
# After so many tokens without drafts, one is tried again.
_PROBE_EVERY = 64
_WEIGHT = 0.2


class Lookup:
    """Where each n-gram of a growing row of ids was last followed by something."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}
        self.extend(ids)

    def extend(self, ids: Sequence[int]) -> None:
        """Append ids that are sure."""
        for token in ids:
            # Noted once something follows: an n-gram never finds itself at the end.
            for size in _NGRAMS:
                if len(self._ids) >= size:
                    self._after[tuple(self._ids[-size:])] = len(self._ids)
            self._ids.append(token)

    def draft(self, most: int) -> list[int]:
        """Up to ``most`` ids that followed the same ending before; none when it is new."""
        for size in _NGRAMS:
            place = self._after.get(tuple(self._ids[-size:])) if len(self._ids) >= size else None
            if place is not None:
                return self._ids[place : place + most]
        return []


class Speculation:
    """Drafts for one row, as long as they are worth their evaluation; nanoseconds are the caller's."""

    def __init__(self, prompt: Sequence[int]) -> None:
        self._lookup = Lookup(prompt)
        self._plain = 0.0
        self._drafted = 0.0
        self._since = 0
        self._length = 2 * _SHORTEST
        self.drafted = self.accepted = 0

    def draft(self, most: int) -> list[int]:
        """Ids to try after the next one, none where it does not pay."""
        if self._plain and self._drafted > self._plain and self._since < _PROBE_EVERY:
            return []
        # Without a plain step nothing is known to compare with.
        return self._lookup.draft(min(most, self._length)) if self._plain else []

    def learn(self, drafted: int, chosen: Sequence[int], nanoseconds: int) -> None:
        """Note what one evaluation with ``drafted`` ids gave, and how long it took."""
        self._lookup.extend(chosen)
        cost = nanoseconds / len(chosen)
        if drafted:
            self.drafted += drafted
            self.accepted += len(chosen) - 1
            right = len(chosen) > drafted
            self._length = min(_LONGEST, 2 * self._length) if right else max(_SHORTEST, self._length // 2)
            self._drafted = _moved(self._drafted, cost)
            self._since = 0
        else:
            self._plain = _moved(self._plain, cost)
            self._since += len(chosen)


def _moved(mean: float, value: float) -> float:
    return mean + _WEIGHT * (value - mean) if mean else value
