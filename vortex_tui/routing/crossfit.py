"""Features of prompts as if their wording were new: of an index without the exemplars that say it alike.

An exemplar is found by itself, so a head that was fitted on exemplars as they stand would believe too
much. Leaving out whole wordings, a fold at a time, shows what new wordings look like (cross-fitting).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vortex_tui.routing import index, wordings
from vortex_tui.routing.classes import Floats
from vortex_tui.routing.index import Index
from vortex_tui.routing.material import Material

FOLDS = 5

Folds = npt.NDArray[np.int64]


def folds(texts: Sequence[str], owners: Sequence[int]) -> Folds:
    """The fold of each text, (texts,): one wording is never in two."""
    return np.array([(owner + number) % FOLDS for owner, number in wordings.of(texts, owners)], np.int64)


def features(made: Index, prompts: Sequence[str], vectors: Floats | None) -> Floats:
    """Features of prompts for every class, (prompts, classes, features); zero where there is no encoder."""
    every = np.arange(len(made.classes.sizes))
    found = np.zeros((len(prompts), len(every), len(index.FEATURES)), np.float32)
    split = len(index.LEXICAL)
    for row, prompt in enumerate(prompts):
        found[row, :, :split] = made.lexical(made.look(prompt), every)
        if vectors is not None and made.space is not None:
            found[row, :, split:] = made.dense(made.space.query(vectors[row]), every)
    return found


def left_out(
    material: Material, folds_of: Folds, prompts: Sequence[str], vectors: Floats | None, held: Folds
) -> Floats:
    """Features of ``prompts`` in folds ``held`` from indices without the exemplars of their fold.

    ``folds_of`` (rows,) are the folds of the material's own exemplars.
    """
    found = np.zeros((len(prompts), len(material.classes.sizes), len(index.FEATURES)), np.float32)
    for fold in range(FOLDS):
        rows = np.flatnonzero(held == fold)
        without = index.build(material.only(folds_of != fold))
        asked = [prompts[int(row)] for row in rows]
        found[rows] = features(without, asked, None if vectors is None else vectors[rows])
    return found
