"""Routers: from a prompt to the experts that should answer it.

``Router`` is the interface every mode implements; ``build`` picks the one a profile names.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from vortex_tui import settings
from vortex_tui.errors import ProfileError
from vortex_tui.escape import one_line
from vortex_tui.routing.decision import BASE, Decision, Scored
from vortex_tui.routing.lexical import TfIdf
from vortex_tui.routing.recognition import Recognition
from vortex_tui.routing.vectors import Encode, Matrix
from vortex_tui.routing.weights import Policy, weigh

Exemplars = Mapping[str, Sequence[str]]

# The least the base scores, without background prompts and with them; and the most its head start may be.
_CAUTIOUS, _FLOOR = 0.5, 0.15
_HEAD_START = 0.05


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


class Hybrid:
    """Lexical and dense recognition of the experts' own prompts; the base is a candidate.

    The two are averaged by their reliability on the bank itself, so that a base whose
    hidden states tell nothing is not listened to. ``lexical`` and ``dense`` use one alone.
    The base has a score of its own from them, with a head start, within bounds, that all but
    ``max_harm`` of the background prompts do not overcome.
    """

    def __init__(
        self,
        exemplars: Exemplars,
        background: Sequence[str],
        policy: Policy,
        encode: Encode,
        mode: str = "hybrid",
        max_harm: float = 0.02,
        encode_bank: Encode | None = None,
    ) -> None:
        self.mode = mode
        self._exemplars = {name: list(texts) for name, texts in exemplars.items() if texts}
        self._encode = encode
        encode_bank = encode_bank or encode
        every = [text for texts in self._exemplars.values() for text in texts] + list(background)
        self._tfidf = TfIdf(every)
        self._lexical = None if mode == "dense" else self._fit(self._tfidf.transform(every))
        self._dense = None if mode == "lexical" else self._fit(self._dense_vectors(encode_bank(every)))
        self._share = self._lexical_share()
        self._policy = policy
        self._floor = _FLOOR if background else _CAUTIOUS
        self._head_start = self._measured(max_harm) if background else 0.0

    def _dense_vectors(self, vectors: Matrix) -> Matrix:
        # Hidden states share a large common part that hides what tells them apart.
        self._centre = vectors.mean(axis=0)
        return _unit(vectors - self._centre)

    def _fit(self, vectors: Matrix) -> Recognition:
        parts: dict[str, Matrix] = {}
        at = 0
        for name, texts in self._exemplars.items():
            parts[name] = vectors[at : at + len(texts)]
            at += len(texts)
        return Recognition(parts, vectors[at:])

    def _lexical_share(self) -> float:
        lexical = self._lexical.reliability if self._lexical is not None else 0.0
        dense = self._dense.reliability if self._dense is not None else 0.0
        if lexical + dense == 0.0:
            return float(self._lexical is not None)
        return lexical / (lexical + dense)

    def _measured(self, max_harm: float) -> float:
        fused = [
            share * recognition.foreign
            for share, recognition in ((self._share, self._lexical), (1 - self._share, self._dense))
            if recognition is not None
        ]
        lead = float(np.quantile(np.sum(fused, axis=0), 1 - max_harm))
        return float(np.clip(lead, 0.0, _HEAD_START))

    def decide(self, prompt: str) -> Decision:
        """Which experts answer ``prompt``."""
        started = time.monotonic_ns()
        lexical = dense = np.zeros(len(self._exemplars) + 1, np.float32)
        vector, encoder_ms = self._tfidf.transform([prompt])[0], 0.0
        nearest = self._lexical.nearest(vector) if self._lexical is not None else []
        if self._lexical is not None:
            lexical = self._lexical.scores(vector)
        if self._dense is not None:
            before = time.monotonic_ns()
            vector = _unit(self._encode([prompt]) - self._centre)[0]
            encoder_ms = (time.monotonic_ns() - before) / 1e6
            dense = self._dense.scores(vector)
            nearest = nearest or self._dense.nearest(vector)
        scored = self._scored(lexical, dense, nearest)
        base = self._share * lexical[-1] + (1 - self._share) * dense[-1]
        return self._decision(scored, max(self._floor, float(base) + self._head_start), encoder_ms, started)

    def _scored(self, lexical: Matrix, dense: Matrix, nearest: list[int]) -> list[Scored]:
        fused = self._share * lexical + (1 - self._share) * dense
        rows = zip(self._exemplars.items(), fused[:-1], lexical[:-1], dense[:-1], nearest, strict=True)
        return [
            Scored(name, float(score), float(lex), float(den), texts[row])
            for (name, texts), score, lex, den, row in rows
        ]

    def _decision(self, scored: list[Scored], base: float, encoder_ms: float, started: int) -> Decision:
        policy = replace(self._policy, threshold=base)
        weights = weigh({each.expert: each.score for each in scored}, policy)
        everyone = [*scored, Scored(BASE, base)]
        ranked = tuple(sorted(everyone, key=lambda each: (-each.score, each.expert)))
        total = (time.monotonic_ns() - started) / 1e6
        return Decision(self.mode, weights, ranked, self._reason(scored, base, weights), encoder_ms, total)

    def _reason(self, scored: list[Scored], base: float, weights: Mapping[str, float]) -> str:
        best = max(each.score for each in scored)
        if not weights:
            return f"the best expert scores {best:.2f}, not above the base's {base:.2f}"
        if len(weights) > 1:
            return f"{len(weights)} experts are within {self._policy.margin:.2f} of each other: they share"
        return f"one expert leads with {best:.2f}"


def check(wanted: settings.Router) -> None:
    """Raise ProfileError for an encoder that is not there yet."""
    if wanted.encoder not in ("base", "lexical"):
        raise ProfileError(
            "the encoder of a folder is not supported yet",
            found=one_line(wanted.encoder),
            expected="base or lexical",
            mend="set experts.router.encoder to base",
        )


def build(
    wanted: settings.Router,
    exemplars: Exemplars,
    background: Sequence[str],
    encode: Encode,
    encode_bank: Encode | None = None,
) -> Router:
    """The router that a profile names; ``encode_bank`` may know the bank's prompts already.

    Raises ProfileError for an encoder that is not there yet.
    """
    if wanted.mode == "off":
        return Off("off", "the profile switches routing off")
    if wanted.mode == "manual":
        return Off("manual", "the profile leaves the choice to you")
    if not any(exemplars.values()):
        return Off(wanted.mode, "no expert has exemplars: the base answers")
    check(wanted)
    mode = "lexical" if wanted.encoder == "lexical" else wanted.mode
    policy = Policy(top_k=wanted.top_k, single=wanted.mix_mode == "single")
    return Hybrid(exemplars, background, policy, encode, mode, wanted.max_harm, encode_bank)
