"""What a round trains on, put together once and then left as it is.

``corpora/<domain>/feedback/rounds/<round>/<domain>/``: the gate for leaks finds a training's files below
``corpora/`` by their hashes, also when the domain's own have grown since.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from vortex_tui.corpora import store
from vortex_tui.corpora.example import encoded
from vortex_tui.learning import feedback
from vortex_tui.learning.journal import Round
from vortex_tui.promotion import durable

ROUNDS = "rounds"
_TRAIN, _BESIDE = "train.jsonl", ("calibration.jsonl", "router.jsonl")


@dataclass(frozen=True, slots=True)
class Material:
    """``folder`` is to be given as where corpora are; how many examples are new, and how many older."""

    folder: Path
    domain: str
    new: int
    old: int

    @property
    def train(self) -> Path:
        """The file that is trained on."""
        return self.folder / self.domain / _TRAIN


def gathered(data_dir: Path, of: Round, share: float) -> Material:
    """The round's new examples of the train split, and ``share`` of the older ones. Raises CorpusError."""
    corpus = store.folder_of(data_dir, of.domain)
    folder = feedback.folder_of(data_dir, of.domain) / ROUNDS / of.id
    made = folder / of.domain / _TRAIN
    if not made.exists():
        with store.locked(corpus):
            _write(corpus, made, of, share)
    rows = store.rows(made)
    new = sum(_is_of(row, of) for row in rows)
    return Material(folder, of.domain, new, len(rows) - new)


def _write(corpus: Path, made: Path, of: Round, share: float) -> None:
    rows = store.rows(corpus / _TRAIN)
    new = [row for row in rows if _is_of(row, of)]
    older = [row for row in rows if not _is_of(row, of)]
    # Its own name draws: a round that was stopped and begun again trains on the same.
    kept = set(random.Random(of.id).sample(range(len(older)), round(share * len(older))))
    chosen = [row for at, row in enumerate(older) if at in kept] + new
    for name in _BESIDE:
        if raw := store.read_bytes(corpus / name):
            durable.write(made.with_name(name), raw)
    # The last to be there: where it is, the rest is.
    durable.write(made, b"".join(map(encoded, chosen)))


def _is_of(row: dict[str, object], of: Round) -> bool:
    return row.get("kind") == "feedback" and row.get("part") in of.marks
