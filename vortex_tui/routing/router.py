"""Routers: from a prompt to the experts that should answer it.

``Router`` is the interface every mode implements; ``build`` picks the one a profile names.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vortex_tui import profile
from vortex_tui.errors import ProfileError
from vortex_tui.routing.decision import BASE, Decision, Scored
from vortex_tui.routing.lexical import TfIdf
from vortex_tui.routing.similarity import Measured, Similarity
from vortex_tui.routing.weights import Policy, weigh

Matrix = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Matrix]
Exemplars = Mapping[str, Sequence[str]]


class Router(Protocol):
    """Decides for one prompt at a time; holds no state of a conversation."""

    mode: str

    def decide(self, prompt: str) -> Decision:
        """Which experts answer ``prompt``; no weights mean the base."""


class Off:
    """No expert ever, or only those that are named by hand."""

    def __init__(self, mode: str, reason: str) -> None:
        self.mode = mode
        self._reason = reason

    def decide(self, prompt: str) -> Decision:  # noqa: ARG002 - the interface names it
        """The base."""
        return Decision(self.mode, {}, (Scored(BASE, 1.0),), self._reason)


def _unit(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Matrix = vectors / np.maximum(lengths, 1e-12)
    return scaled


def _none(names: Sequence[str]) -> Measured:
    return Measured(dict.fromkeys(names, 0.0), dict.fromkeys(names, 0))


class Hybrid:
    """Lexical and dense similarity to the experts' exemplars; the base is a candidate.

    The two are averaged by their reliability on the bank itself, so that a base whose
    hidden states tell nothing is not listened to. ``lexical`` and ``dense`` use one alone.
    """

    def __init__(
        self,
        exemplars: Exemplars,
        background: Sequence[str],
        policy: Policy,
        encode: Encode,
        mode: str = "hybrid",
    ) -> None:
        self.mode = mode
        self._exemplars = {name: list(texts) for name, texts in exemplars.items() if texts}
        self._policy = policy
        self._encode = encode
        every = [text for texts in self._exemplars.values() for text in texts] + list(background)
        self._tfidf = TfIdf(every)
        self._lexical = None if mode == "dense" else self._index(every, self._tfidf.transform(every))
        self._dense = None if mode == "lexical" else self._index(every, self._dense_vectors(every))

    def _dense_vectors(self, every: list[str]) -> Matrix:
        vectors = self._encode(every)
        # Hidden states share a large common part that hides what tells them apart.
        self._centre = vectors.mean(axis=0)
        return _unit(vectors - self._centre)

    def _index(self, every: list[str], vectors: Matrix) -> Similarity:
        parts: dict[str, Matrix] = {}
        at = 0
        for name, texts in self._exemplars.items():
            parts[name] = vectors[at : at + len(texts)]
            at += len(texts)
        return Similarity(parts, vectors[at : len(every)])

    def decide(self, prompt: str) -> Decision:
        """Which experts answer ``prompt``."""
        started = time.monotonic_ns()
        names = list(self._exemplars)
        lexical = dense = _none(names)
        if self._lexical is not None:
            lexical = self._lexical.measure(self._tfidf.transform([prompt])[0])
        before = time.monotonic_ns()
        if self._dense is not None:
            vector = _unit(self._encode([prompt]) - self._centre)[0]
            encoded = time.monotonic_ns()
            dense = self._dense.measure(vector)
        else:
            encoded = before
        return self._decision(lexical, dense, (encoded - before) / 1e6, started)

    def _decision(self, lexical: Measured, dense: Measured, encoder_ms: float, started: int) -> Decision:
        share = self._lexical_share
        scores = {n: share * lexical.scores[n] + (1 - share) * dense.scores[n] for n in self._exemplars}
        weights = weigh(scores, self._policy)
        scored = [
            Scored(name, score, lexical.scores[name], dense.scores[name], self._nearest(name, lexical, dense))
            for name, score in scores.items()
        ]
        scored.append(Scored(BASE, self._policy.threshold))
        ranked = tuple(sorted(scored, key=lambda each: (-each.score, each.expert)))
        total = (time.monotonic_ns() - started) / 1e6
        return Decision(self.mode, weights, ranked, self._reason(scores, weights), encoder_ms, total)

    @property
    def _lexical_share(self) -> float:
        lexical = self._lexical.reliability if self._lexical is not None else 0.0
        dense = self._dense.reliability if self._dense is not None else 0.0
        if lexical + dense == 0.0:
            return 0.0 if self._lexical is None else 1.0 if self._dense is None else 0.5
        return lexical / (lexical + dense)

    def _nearest(self, name: str, lexical: Measured, dense: Measured) -> str:
        by = lexical if self._lexical is not None else dense
        return self._exemplars[name][by.nearest[name]]

    def _reason(self, scores: Mapping[str, float], weights: Mapping[str, float]) -> str:
        base = self._policy.threshold
        best = max(scores, key=lambda name: scores[name], default=None)
        if best is None:
            return "no expert has exemplars: the base answers"
        if not weights:
            return f"the best expert scores {scores[best]:.2f}, not above the base's {base:.2f}"
        if len(weights) > 1:
            return f"{len(weights)} experts are within {self._policy.margin:.2f} of each other: they share"
        return f"one expert leads with {scores[best]:.2f}"


def build(
    settings: profile.Router, exemplars: Exemplars, background: Sequence[str], encode: Encode
) -> Router:
    """The router that a profile names. Raises ProfileError for an encoder that is not there yet."""
    if settings.mode == "off":
        return Off("off", "the profile switches routing off")
    if settings.mode == "manual":
        return Off("manual", "the profile leaves the choice to you")
    if not any(exemplars.values()):
        return Off(settings.mode, "no expert has exemplars: the base answers")
    if settings.encoder not in ("base", "lexical"):
        raise ProfileError(
            "the encoder of a folder is not supported yet", found=settings.encoder, expected="base or lexical"
        )
    mode = "lexical" if settings.encoder == "lexical" else settings.mode
    policy = Policy(top_k=settings.top_k, single=settings.mix_mode == "single")
    return Hybrid(exemplars, background, policy, encode, mode)
