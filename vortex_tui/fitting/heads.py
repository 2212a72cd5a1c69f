"""From prompts with known outcomes to the parts of a fit. Pure arithmetic: no engine, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vortex_tui.routing import crossfit, fitting, index
from vortex_tui.routing.classes import Floats
from vortex_tui.routing.fitted import Fitted
from vortex_tui.routing.head import Head, Part
from vortex_tui.routing.index import FEATURES, LEXICAL, Index
from vortex_tui.routing.material import Material

# A part is sure where it errs on no more than this share of prompts, and was that sure of so many.
_RARELY, _SEEN = 0.005, 50
_NEVER = 2.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """Prompts with ``vectors`` (prompts, d) or None, and ``targets`` (prompts, classes): who should answer.

    Rows of ``targets`` are shares that sum to 1; the base is the last class.
    """

    prompts: Sequence[str]
    vectors: Floats | None
    targets: Floats

    @property
    def owners(self) -> list[int]:
        """The class that has the most of each prompt."""
        return [int(place) for place in self.targets.argmax(axis=1)]


@dataclass(frozen=True)
class Lesson:
    """What a fit is made from.

    ``material`` with the ``texts`` of its rows; ``router`` prompts for the heads; ``calibration`` prompts for
    slope, shift and thresholds; ``stay_out``: prompts by group that no expert should get, of the
    calibration split; ``everyday`` (rows,) marks the rows of the material that nobody serves.
    """

    material: Material
    texts: Sequence[str]
    router: Labelled
    calibration: Labelled
    stay_out: Mapping[str, Labelled]
    everyday: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @cached_property
    def whole(self) -> Index:
        """The index of all the material."""
        return index.build(self.material)

    @cached_property
    def held(self) -> Floats:
        """Features of the calibration prompts, (prompts, classes, features)."""
        return crossfit.features(self.whole, self.calibration.prompts, self.calibration.vectors)


def parts(lesson: Lesson) -> dict[Part, Fitted]:
    """A head for each part that the material has features for."""
    left_out, targets = _left_out(lesson)
    stay_out = {
        group: crossfit.features(lesson.whole, some.prompts, some.vectors)
        for group, some in lesson.stay_out.items()
    }
    everyday = left_out[: len(lesson.texts)][lesson.everyday]
    stay_out["nobody"] = np.concatenate([everyday, stay_out.get("nobody", everyday[:0])])
    names: tuple[Part, ...] = (
        ("lexical",) if lesson.material.vectors is None else ("hybrid", "lexical", "dense")
    )
    return {
        part: _part(part, left_out, targets, lesson.held, lesson.calibration.targets, stay_out)
        for part in names
    }


def _left_out(lesson: Lesson) -> tuple[Floats, Floats]:
    """Features of the exemplars and of the router's prompts as if their wordings were new; their targets."""
    sizes = lesson.material.classes.sizes
    own = np.repeat(np.arange(len(sizes)), sizes)
    prompts = [*lesson.texts, *lesson.router.prompts]
    targets = np.concatenate([np.eye(len(sizes), dtype=np.float32)[own], lesson.router.targets])
    folds = crossfit.folds(prompts, [*own.tolist(), *lesson.router.owners])
    rows = folds[: len(lesson.texts)]
    return crossfit.left_out(lesson.material, rows, prompts, _vectors(lesson), folds), targets


def _vectors(lesson: Lesson) -> Floats | None:
    """Of the exemplars and the router's prompts; of the splits there may be none whose outcome is known."""
    own, more = lesson.material.vectors, lesson.router.vectors
    if own is None or more is None:
        return None
    return (np.concatenate([own, more]) if len(more) else own).astype(np.float32)


def columns(part: Part) -> slice:
    """Which of all features are a part's."""
    lexical = len(LEXICAL)
    return {"hybrid": slice(None), "lexical": slice(lexical), "dense": slice(lexical, None)}[part]


def _part(
    part: Part,
    left_out: Floats,
    targets: Floats,
    calibration: Floats,
    answers: Floats,
    stay_out: Mapping[str, Floats],
) -> Fitted:
    own = columns(part)
    head = fitting.fit(left_out[..., own], targets, FEATURES[own])
    head = fitting.calibrated(head, calibration[..., own], answers)
    kept = {group: _some_expert(head, rows[..., own]) for group, rows in stay_out.items()}
    return Fitted(head=head, stay_out=kept, sure=_sure(head, calibration[..., own], answers))


def _some_expert(head: Head, features: Floats) -> tuple[float, ...]:
    """That some expert should answer, of each prompt, descending."""
    together = 1 - head.probabilities(features)[:, -1]
    return tuple(round(float(share), 6) for share in np.sort(together)[::-1])


def _sure(head: Head, features: Floats, targets: Floats) -> float:
    shares = head.probabilities(features)[:, :-1]
    best, likely = shares.argmax(axis=1), shares.max(axis=1)
    wrong = targets[np.arange(len(best)), best] == 0
    order = np.argsort(-likely)
    errs = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((errs <= _RARELY) & (np.arange(len(order)) >= _SEEN))
    return float(likely[order[enough[-1]]]) if len(enough) else _NEVER
