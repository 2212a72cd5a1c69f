"""Examples packed into rows of equal length, in an order that follows from the seed alone.

Positions start anew with each example, and what is left of a row is filled as one more: where positions
start anew, transformers takes what follows for another text, so no example sees another.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Dataset

from vortex_tui.training.job.examples import IGNORED, Encoded

Row = dict[str, list[int]]
# How many rows are open at once while an example looks for one with room.
_OPEN = 32


def pack(
    examples: Sequence[Encoded], length: int, order: Sequence[int], *, together: bool
) -> list[list[int]]:
    """Numbers of examples by row: each goes into the first open row that has room for it."""
    done: list[list[int]] = []
    rows: list[list[int]] = []
    room: list[int] = []
    for number in order:
        wanted = examples[number].length
        place = next((at for at, free in enumerate(room) if together and free >= wanted), None)
        if place is None:
            rows.append([])
            room.append(length)
            place = len(rows) - 1
        rows[place].append(number)
        room[place] -= wanted
        if len(rows) > _OPEN:
            done.append(rows.pop(0))
            room.pop(0)
    return done + rows


def epochs(examples: Sequence[Encoded], length: int, seed: int, *, together: bool) -> Iterator[list[int]]:
    """Rows without end: each time through the examples they are shuffled and packed anew."""
    rng = random.Random(seed)
    while True:
        order = list(range(len(examples)))
        rng.shuffle(order)
        rows = pack(examples, length, order, together=together)
        rng.shuffle(rows)
        yield from rows


def row_of(examples: Sequence[Encoded], numbers: Sequence[int], length: int, filler: int) -> Row:
    """One row: ids, labels and positions, each ``length`` long."""
    row: Row = {"input_ids": [], "labels": [], "position_ids": []}
    for each in (examples[number] for number in numbers):
        row["input_ids"] += each.ids
        row["labels"] += each.labels
        row["position_ids"] += range(each.length)
    left = length - len(row["input_ids"])
    row["input_ids"] += [filler] * left
    row["labels"] += [IGNORED] * left
    row["position_ids"] += range(left)
    return row


class Rows(Dataset[Row]):
    """A sequence of rows, put together when they are read."""

    def __init__(
        self, examples: Sequence[Encoded], rows: Sequence[list[int]], length: int, filler: int
    ) -> None:
        self._examples, self._rows, self._length, self._filler = examples, rows, length, filler

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> Row:
        return row_of(self._examples, self._rows[at], self._length, self._filler)

    def tokens(self, at: int) -> int:
        """Tokens of a row that are not filler."""
        return sum(self._examples[number].length for number in self._rows[at])


def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
    """Rows as tensors, (rows, length) each."""
    return {name: torch.tensor([row[name] for row in rows]) for name in rows[0]}
