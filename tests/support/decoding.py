"""Rows decoded alone, to their end."""

from __future__ import annotations

from transformers import PreTrainedModel

from vortex_tui.engine.backends.base import Decoding, Spared
from vortex_tui.engine.backends.hf_decode import HfDecoding
from vortex_tui.engine.backends.hf_kept import Memory
from vortex_tui.engine.protocol import Sampling

GREEDY = Sampling(max_new_tokens=6, temperature=0.0)


def finish(decoding: Decoding, limit: int, stops: frozenset[int] = frozenset()) -> tuple[list[int], Spared]:
    """The first row's tokens, and what it reused; the batch is closed."""
    tokens: list[int] = []
    while len(tokens) < limit and not (tokens and tokens[-1] in stops):
        tokens += decoding.step().get(0, [])
    spared = decoding.spared(0)
    decoding.drop(0)
    decoding.close()
    return tokens, spared


def lone(model: PreTrainedModel, memory: Memory, prompt: list[int], steps: int) -> tuple[list[int], Spared]:
    """A lone row's first ``steps`` tokens under some mix, and what it reused."""
    return finish(HfDecoding(model, memory, "mix", [prompt], GREEDY, frozenset(), lambda: None), steps)
