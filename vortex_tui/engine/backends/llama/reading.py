"""A second, small context that only reads: vectors of texts, and how likely given answers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vortex_tui.engine.backends.base import Vectors
from vortex_tui.engine.backends.llama.library import native
from vortex_tui.engine.backends.llama.session import Place, Session
from vortex_tui.engine.backends.llama.weights import Weights
from vortex_tui.engine.budget.buffers import READER_CELLS as _CELLS
from vortex_tui.errors import BudgetError

_LONGEST = 512


class Reader:
    """Made at its first use; its K/V is forgotten after every text."""

    def __init__(self, weights: Weights, threads: int) -> None:
        self._weights, self._threads = weights, threads
        self._opened: Session | None = None

    def _session(self) -> Session:
        if self._opened is None:
            self._opened = Session(self._weights, _CELLS, 1, "f16", self._threads)
        return self._opened

    def vector(self, ids: Sequence[int]) -> Vectors:
        """Mean of the last layer's states over the first 512 ids, of unit length: (hidden,)."""
        session, length = self._session(), min(len(ids), _LONGEST, _CELLS) or 1
        session.wear(())
        native().llama_set_embeddings(session.pointer, True)
        try:
            session.evaluate([Place(t, 0, i, True) for i, t in enumerate(list(ids[:length]) or [0])])
            states = native().llama_get_embeddings(session.pointer)
            mean = np.ctypeslib.as_array(states, (length, self._weights.hidden)).mean(axis=0)
        finally:
            native().llama_set_embeddings(session.pointer, False)
            session.cut(0, 0)
        unit: Vectors = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
        return unit

    def loss(
        self, prompt: Sequence[int], answer: Sequence[int], adapters: Sequence[tuple[Any, float]]
    ) -> float:
        """Mean loss of the answer's ids in nats, under these adapters. Raises BudgetError when too long."""
        session, ids = self._session(), [*prompt, *answer]
        if len(ids) > _CELLS:
            raise BudgetError(
                "the text to score is too long", found=f"{len(ids)} tokens", expected=f"{_CELLS}"
            )
        session.wear(adapters)
        try:
            scores = self._read(session, ids[:-1], len(prompt) - 1)
        finally:
            session.cut(0, 0)
        picked = scores[np.arange(len(answer)), list(answer)]
        top = scores.max(axis=1)
        return float(np.mean(top + np.log(np.exp(scores - top[:, None]).sum(axis=1)) - picked))

    def _read(self, session: Session, ids: list[int], wanted_from: int) -> Vectors:
        """Evaluate ``ids``; logits of the places from ``wanted_from`` on, (places, vocabulary)."""
        rows: list[Vectors] = []
        for start in range(0, len(ids), session.batch_size):
            part = ids[start : start + session.batch_size]
            places = [Place(t, 0, start + i, start + i >= wanted_from) for i, t in enumerate(part)]
            session.evaluate(places)
            rows += [self._logits(session, i) for i, place in enumerate(places) if place.wanted]
        return np.stack(rows)

    def _logits(self, session: Session, place: int) -> Vectors:
        found = native().llama_get_logits_ith(session.pointer, place)
        return np.ctypeslib.as_array(found, (self._weights.size,)).copy()

    def wear(self, adapters: Sequence[tuple[Any, float]]) -> None:
        """Put exactly these adapters on, if the context was ever made."""
        if self._opened is not None:
            self._opened.wear(adapters)

    def close(self) -> None:
        """Free the context."""
        if self._opened is not None:
            self._opened.close()
