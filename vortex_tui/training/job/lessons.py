"""A corpus laid out for a training: rows of ids, in their order, to the last step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vortex_tui.engine.backends.hf_text import ChatText
from vortex_tui.training import corpus
from vortex_tui.training.corpus import Corpus
from vortex_tui.training.job import examples, packing
from vortex_tui.training.job.examples import Encoded
from vortex_tui.training.job.rows import Rows, epochs, pack
from vortex_tui.training.recipe import Recipe

# Evaluating takes no longer than reading the data of so many steps.
_EVALUATED = 4


@dataclass(frozen=True, slots=True)
class Lessons:
    """The corpus as ids, and how it is laid out in rows."""

    train: list[Encoded]
    left_out: int
    rows: Rows
    calibration: Rows
    steps: int
    notes: tuple[str, ...]


def lay_out(text: ChatText, model: Any, read: Corpus, how: Recipe) -> Lessons:
    """Encode a corpus and pack it, where this base keeps packed examples apart. Raises CorpusError."""
    train, left_out = examples.encode(text, read.train, how.length)
    examples.check(train, left_out, corpus.LEAST, how.length)
    held, held_out = examples.encode(text, read.calibration, how.length)
    examples.check(held, held_out, 1, how.length)
    filler = int(text.tokenizer.pad_token_id or 0)
    together = how.packing and packing.is_exact(model, train, filler)
    steps = how.steps(len(pack(train, how.length, range(len(train)), together=together)))
    laid = list(islice(epochs(train, how.length, how.seed, together=together), steps * how.rows_a_step))
    kept = pack(held, how.length, range(len(held)), together=together)[: _EVALUATED * how.rows_a_step]
    return Lessons(
        train,
        left_out,
        Rows(train, laid, how.length, filler),
        Rows(held, kept, how.length, filler),
        steps,
        (*text.notes, *_notes(read, len(held), is_apart=how.packing and not together)),
    )


def _notes(read: Corpus, held: int, *, is_apart: bool) -> Iterator[str]:
    if is_apart:
        yield "this base does not keep packed examples apart: each has a row of its own"
    if read.is_held_back:
        yield f"no calibration.jsonl: {held} examples are held back to know when to stop"
