"""Rows of a training batch, all of one width: pages of exercises and windows of ordinary text."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from tokenizers import Tokenizer

from vortex_tui.nano.corpus import Tokens

IGNORED = -100
WIDTH = 256

# Ids and labels; a label that is IGNORED does not count.
Row = tuple[list[int], list[int]]
# Text, and whether it counts.
Parts = list[tuple[str, bool]]


def exercises(tokenizer: Tokenizer, parts: Sequence[tuple[str, bool]]) -> Row:
    """Return `parts` (text, counts) end to end; a label counts only where its part does."""
    ids: list[int] = []
    labels: list[int] = []
    for (_, counts), encoded in zip(parts, tokenizer.encode_batch([text for text, _ in parts]), strict=True):
        ids += encoded.ids
        labels += encoded.ids if counts else [IGNORED] * len(encoded.ids)
    return ids[:WIDTH], labels[:WIDTH]


def window(tokens: Tokens, rng: random.Random) -> Row:
    """Return a window of ordinary text; all of it counts."""
    start = rng.randrange(len(tokens) - WIDTH)
    ids = tokens[start : start + WIDTH].astype(np.int64).tolist()
    return ids, ids
