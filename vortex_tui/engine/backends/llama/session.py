"""A context of llama.cpp: K/V cells that several sequences share, and one batch that fills them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from vortex_tui.engine.backends.llama.library import complaint, native
from vortex_tui.engine.backends.llama.weights import Weights
from vortex_tui.engine.budget.buffers import PIECE
from vortex_tui.errors import BudgetError, InternalError

_F16, _Q8_0 = 1, 8  # ggml's numbers
KV_TYPES = {"f16": _F16, "q8_0": _Q8_0}


class Place(NamedTuple):
    """A token of a batch: its sequence, its position, and whether what follows it is wanted."""

    token: int
    sequence: int
    position: int
    wanted: bool


class Session:
    """`cells` K/V cells for up to `sequences` sequences. Raises BudgetError when memory is short."""

    def __init__(self, weights: Weights, cells: int, sequences: int, kv_type: str, threads: int) -> None:
        self._native = native()
        self.cells, self.sequences, self.batch_size = cells, sequences, min(PIECE, cells)
        self.pointer = self._open(weights, kv_type, threads)
        self._memory = self._native.llama_get_memory(self.pointer)
        self._batch = self._native.llama_batch_init(self.batch_size, 0, 1)
        self._worn: Sequence[tuple[Any, float]] | None = None
        self._view()

    def _open(self, weights: Weights, kv_type: str, threads: int) -> Any:
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx, parameters.n_seq_max = self.cells, self.sequences
        parameters.n_batch = parameters.n_ubatch = self.batch_size
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.type_k = parameters.type_v = KV_TYPES[kv_type]
        parameters.flash_attn_type = self._native.LLAMA_FLASH_ATTN_TYPE_AUTO
        # One pool of cells: a long conversation may use what short ones leave.
        parameters.kv_unified = True
        parameters.no_perf = True
        pointer = self._native.llama_init_from_model(weights.pointer, parameters)
        if not pointer:
            raise BudgetError(
                f"llama.cpp cannot make a context of {self.cells} tokens",
                found=complaint() or "no reason given",
                expected="memory for the K/V cells beside the weights",
                mend="lower budget.ctx_tokens, or set core.kv_type to q8_0",
            )
        return pointer

    def _view(self) -> None:
        """The batch's arrays as numpy sees them: filled at once instead of token by token."""
        batch, shape = self._batch, (self.batch_size,)
        self._tokens = np.ctypeslib.as_array(batch.token, shape)
        self._positions = np.ctypeslib.as_array(batch.pos, shape)
        self._wanted = np.ctypeslib.as_array(batch.logits, shape)
        np.ctypeslib.as_array(batch.n_seq_id, shape)[:] = 1
        self._sequences = [batch.seq_id[place] for place in range(self.batch_size)]

    def evaluate(self, places: Sequence[Place]) -> None:
        """Compute K/V and logits of at most ``batch_size`` tokens. Raises BudgetError without a free cell."""
        count = len(places)
        self._tokens[:count] = [place.token for place in places]
        self._positions[:count] = [place.position for place in places]
        self._wanted[:count] = [place.wanted for place in places]
        for place, one in enumerate(places):
            self._sequences[place][0] = one.sequence
        self._batch.n_tokens = count
        code = self._native.llama_decode(self.pointer, self._batch)
        if code == 1:
            raise BudgetError("no K/V cell is free", found=f"{self.cells} cells", mend="ask again")
        if code:
            raise InternalError("llama.cpp could not evaluate a batch", found=f"code {code}; {complaint()}")

    def wear(self, adapters: Sequence[tuple[Any, float]]) -> None:
        """Put exactly these adapters on, each with its weight; nothing happens when they are on already."""
        if adapters is self._worn:
            return
        count = len(adapters)
        pointers = (self._native.llama_adapter_lora_p_ctypes * count)(*(pointer for pointer, _ in adapters))
        scales = (ctypes.c_float * count)(*(scale for _, scale in adapters))
        if self._native.llama_set_adapters_lora(self.pointer, pointers, count, scales):
            raise InternalError("llama.cpp refused a set of adapters", found=complaint())
        self._worn = adapters

    def cut(self, sequence: int, length: int) -> bool:
        """Forget a sequence from position ``length`` on; False when this model's memory cannot."""
        return bool(self._native.llama_memory_seq_rm(self._memory, sequence, length, -1))

    def share(self, source: int, target: int, length: int) -> None:
        """Let an empty sequence begin with the first ``length`` positions of another; no cell is copied."""
        self._native.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def first(self, sequence: int) -> int:
        """The first position that is still there, -1 for an empty sequence."""
        return int(self._native.llama_memory_seq_pos_min(self._memory, sequence))

    def save(self, sequence: int) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        """K/V of a sequence as bytes in host memory."""
        size = self._native.llama_state_seq_get_size(self.pointer, sequence)
        data = np.empty(size, dtype=np.uint8)
        written = self._native.llama_state_seq_get_data(self.pointer, _bytes(data), size, sequence)
        return data[:written]

    def restore(self, sequence: int, data: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> bool:
        """Put saved K/V into an empty sequence; False when there is no room for it."""
        return bool(self._native.llama_state_seq_set_data(self.pointer, _bytes(data), len(data), sequence))

    def close(self) -> None:
        """Free cells and batch."""
        self._native.llama_batch_free(self._batch)
        self._native.llama_free(self.pointer)


def _bytes(data: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> Any:
    return data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
