"""The router with a fitted head: a shortlist, a close look, calibrated probabilities, the base among them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from vortex_tui.routing.classes import Floats, Sizes
from vortex_tui.routing.decision import BASE, Decision, Scored
from vortex_tui.routing.fitted import Fitted
from vortex_tui.routing.ground import Ground
from vortex_tui.routing.head import Part
from vortex_tui.routing.index import DENSE, FEATURES, LEXICAL
from vortex_tui.routing.query import Query
from vortex_tui.routing.terms import bounded
from vortex_tui.routing.weighing import Policy, weigh

# Experts whose nearest exemplars are told, and those whose exemplars are kept at hand for it.
_TOLD, _AT_HAND = 3, 128
# The share of a fit's doubt that is allowed where it was made under another encoder.
_BORROWED = 0.25


@dataclass(frozen=True, slots=True)
class Look:
    """A prompt as ``part`` of the router sees it.

    ``features`` (chosen + 1, features) and ``shares`` (chosen + 1,): of the ``chosen`` experts and the base.
    """

    part: Part
    queries: tuple[Query, ...] | None
    placed: Floats | None
    chosen: Sizes
    features: Floats
    shares: Floats


class Learned:
    """Modes ``hybrid``, ``lexical`` and ``dense``: a head each, on the features of both views or of one.

    ``hybrid`` asks the encoder only where terms leave a doubt.
    """

    def __init__(self, ground: Ground, mode: Part, policy: Policy, max_harm: float) -> None:
        self.mode: str = mode
        self._index = ground.index(dense=mode != "lexical")
        self._ground = ground
        self._policy = policy
        self._max_harm = max_harm
        self._part: Part = mode
        if mode == "hybrid" and not self._index.has_meaning:
            self._part = "lexical"
        self._threshold = cache(self._threshold_of)
        self._texts: Callable[[int], Sequence[str]] = lru_cache(_AT_HAND)(self._read)

    def decide(self, prompt: str) -> Decision:
        """Which experts answer ``prompt``; no weights mean the base."""
        started = time.monotonic_ns()
        text = bounded(prompt)
        look, encoder_ms = None, 0.0
        if self._part != "dense":
            look = self._by_terms(text)
        if look is None or (self._part == "hybrid" and not self._sure(look)):
            placed, encoder_ms = self._encoded(text)
            look = self._by_meaning(look, placed)
        weights, threshold, reason = self._weighed(look)
        candidates = self._candidates(look)
        total_ms = (time.monotonic_ns() - started) / 1e6
        called = float(look.shares[:-1].sum())
        return Decision(self.mode, weights, candidates, reason, encoder_ms, total_ms, threshold, called)

    def _fitted(self, part: Part) -> Fitted:
        return self._ground.fit.parts[part]

    def _threshold_of(self, part: Part) -> float:
        threshold = self._fitted(part).threshold(self._max_harm)
        return threshold if self._ground.fit_is_own else 1 - (1 - threshold) * _BORROWED

    def _by_terms(self, text: str) -> Look:
        queries = self._index.look(text)
        chosen = self._index.shortlist(queries, None)
        features = self._index.lexical(queries, self._with_base(chosen))
        shares = self._fitted("lexical").head.probabilities(features)
        return Look("lexical", queries, None, chosen, features, shares)

    def _sure(self, look: Look) -> bool:
        """Whether terms alone call for one expert so clearly that the encoder would change nothing."""
        least = max(self._fitted("lexical").sure, self._threshold("lexical"))
        return self._ground.fit_is_own and float(look.shares[:-1].max()) > least

    def _encoded(self, text: str) -> tuple[Floats, float]:
        started = time.monotonic_ns()
        placed = self._index.place(self._ground.encoded(text))
        return placed, (time.monotonic_ns() - started) / 1e6

    def _by_meaning(self, look: Look | None, placed: Floats) -> Look:
        queries = look.queries if look else None
        chosen = self._index.shortlist(queries, placed)
        classes = self._with_base(chosen)
        features = self._index.dense(placed, classes)
        part: Part = "dense"
        if look is not None and queries is not None:
            lexical = self._lexical(look, queries, classes)
            part, features = "hybrid", np.concatenate([lexical, features], 1)
        shares = self._fitted(part).head.probabilities(features)
        return Look(part, queries, placed, chosen, features, shares)

    def _lexical(self, look: Look, queries: tuple[Query, ...], classes: Sizes) -> Floats:
        """Features of the classes, (classes, 9): those that ``look`` has are not computed again."""
        seen = self._with_base(look.chosen)
        fresh = np.setdiff1d(classes, seen)
        every = np.concatenate([seen, fresh])
        features = np.concatenate([look.features, self._index.lexical(queries, fresh)])
        order = np.argsort(every)
        found: Floats = features[order[np.searchsorted(every, classes, sorter=order)]]
        return found

    def _with_base(self, chosen: Sizes) -> Sizes:
        return np.append(chosen, self._index.classes.base)

    def _weighed(self, look: Look) -> tuple[dict[str, float], float, str]:
        threshold = self._threshold(look.part)
        together = float(look.shares[:-1].sum())
        if together <= threshold:
            return {}, threshold, f"an expert is called for with {together:.3f}, not above {threshold:.3f}"
        shares = self._hopes(look)
        weights = weigh(shares, self._policy)
        best = max(shares, key=lambda name: shares[name])
        if len(weights) > 1:
            return weights, threshold, f"{len(weights)} experts are about as likely: they share"
        return weights, threshold, f"{best} leads with {shares[best]:.3f}"

    def _hopes(self, look: Look) -> dict[str, float]:
        """That each expert is called for and will beat the base, by its name."""
        names = [self._index.classes.names[place] for place in look.chosen]
        success = self._ground.fit.success_of
        return {name: float(p) * success(name) for name, p in zip(names, look.shares, strict=False)}

    def _candidates(self, look: Look) -> tuple[Scored, ...]:
        """All that was looked at, the likeliest first; the base has what the experts leave."""
        hopes = self._hopes(look)
        scores = {**hopes, BASE: max(0.0, 1.0 - sum(hopes.values()))}
        names = [*hopes, BASE]
        order = sorted(range(len(names)), key=lambda row: -scores[names[row]])
        told = [row for row in order if names[row] != BASE][:_TOLD]
        return tuple(self._scored(look, row, names[row], scores, told=row in told) for row in order)

    def _scored(self, look: Look, row: int, name: str, scores: Mapping[str, float], *, told: bool) -> Scored:
        parts = {"hybrid": FEATURES, "lexical": LEXICAL, "dense": DENSE}[look.part]
        features = dict(zip(parts, look.features[row].tolist(), strict=True))
        return Scored(
            name,
            scores[name],
            features.get("words_centroid", 0.0),
            features.get("dense_centroid", 0.0),
            self._nearest(look, int(look.chosen[row])) if told else (),
            features,
        )

    def _nearest(self, look: Look, place: int) -> tuple[str, ...]:
        texts = self._texts(place)
        return tuple(texts[row] for row in self._index.nearest(look.queries, look.placed, place))

    def _read(self, place: int) -> Sequence[str]:
        return self._ground.sources[place].read()
