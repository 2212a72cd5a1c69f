"""llama.cpp's own sampler chain for one row: the logits never come to Python."""

from __future__ import annotations

import ctypes
import secrets
from collections.abc import Collection, Sequence
from typing import Any

from vortex_tui.engine.backends.llama.library import native
from vortex_tui.engine.protocol import Sampling


class RowSampler:
    """The same order as the hf backend: penalty, temperature, top-k, top-p, min-p, then the draw."""

    def __init__(
        self, sampling: Sampling, prompt: Sequence[int], stop_ids: Collection[int], vocabulary: int
    ) -> None:
        self._native = native()
        self._chain = self._native.llama_sampler_chain_init(self._native.llama_sampler_chain_default_params())
        self._stops_barred = sampling.min_new_tokens if stop_ids else 0
        if self._stops_barred:
            self._add(self._bar(stop_ids, vocabulary))
        for part in self._parts(sampling, len(prompt) + sampling.max_new_tokens):
            self._add(part)
        if sampling.repetition_penalty != 1.0:
            for token in prompt:
                self._native.llama_sampler_accept(self._chain, token)

    def _add(self, part: Any) -> None:
        self._native.llama_sampler_chain_add(self._chain, part)

    def _bar(self, stop_ids: Collection[int], vocabulary: int) -> Any:
        """A part that makes every stop token impossible."""
        biases = (self._native.llama_logit_bias * len(stop_ids))()
        for place, token in enumerate(sorted(stop_ids)):
            biases[place].token, biases[place].bias = token, float("-inf")
        return self._native.llama_sampler_init_logit_bias(vocabulary, len(stop_ids), biases)

    def _parts(self, sampling: Sampling, length: int) -> list[Any]:
        make, parts = self._native, []
        if sampling.repetition_penalty != 1.0:
            parts.append(make.llama_sampler_init_penalties(length, sampling.repetition_penalty, 0.0, 0.0))
        if sampling.temperature == 0.0:
            return [*parts, make.llama_sampler_init_greedy()]
        parts.append(make.llama_sampler_init_temp(sampling.temperature))
        if sampling.top_k:
            parts.append(make.llama_sampler_init_top_k(sampling.top_k))
        if sampling.top_p < 1.0:
            parts.append(make.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p:
            parts.append(make.llama_sampler_init_min_p(sampling.min_p, 1))
        seed = secrets.randbits(32) if sampling.seed is None else sampling.seed
        return [*parts, make.llama_sampler_init_dist(ctypes.c_uint32(seed).value)]

    def choose(self, context: Any, row: int) -> int:
        """The next token from the logits of place ``row`` of the last batch."""
        token = int(self._native.llama_sampler_sample(self._chain, context, row))
        if self._stops_barred:
            self._stops_barred -= 1
            if not self._stops_barred:
                self._native.llama_sampler_free(self._native.llama_sampler_chain_remove(self._chain, 0))
        return token

    def close(self) -> None:
        """Free the chain and its parts."""
        self._native.llama_sampler_free(self._chain)
