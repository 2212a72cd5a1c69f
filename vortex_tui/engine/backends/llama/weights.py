"""A GGUF file in memory: its weights, its vocabulary and what its metadata says."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vortex_tui.engine.backends.llama.library import complaint, native
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

ALL_LAYERS = -1
_PIECE = 256


class Weights:
    """A loaded model. Raises ModelError when llama.cpp cannot load ``file``."""

    def __init__(self, file: Path, gpu_layers: int, on_progress: Callable[[float], None]) -> None:
        self._native = native()
        complaint()
        self.pointer = self._load(file, gpu_layers, on_progress)
        self._vocabulary = self._native.llama_model_get_vocab(self.pointer)
        self.size = int(self._native.llama_vocab_n_tokens(self._vocabulary))
        self.max_context = int(self._native.llama_model_n_ctx_train(self.pointer))
        self.window = int(self._native.llama_model_n_swa(self.pointer))
        self.hidden = int(self._native.llama_model_n_embd(self.pointer))
        self.nbytes = int(self._native.llama_model_size(self.pointer))

    def _load(self, file: Path, gpu_layers: int, on_progress: Callable[[float], None]) -> Any:
        def progress(done: float, _data: object) -> bool:
            on_progress(done)
            return True

        parameters = self._native.llama_model_default_params()
        parameters.n_gpu_layers = gpu_layers
        callback = self._native.llama_progress_callback(progress)
        parameters.progress_callback = callback
        pointer = self._native.llama_model_load_from_file(os.fsencode(file), parameters)
        if not pointer:
            raise ModelError(
                f"llama.cpp cannot load {one_line(str(file))}",
                found=complaint() or "no reason given",
                expected="a whole GGUF file of an architecture that this llama.cpp knows",
                mend="download or convert the file again, or update llama-cpp-python",
            )
        return pointer

    def metadata(self, key: str) -> str | None:
        """A value of the file's metadata as text."""
        length = 256
        while True:
            buffer = ctypes.create_string_buffer(length)
            needed = self._native.llama_model_meta_val_str(self.pointer, key.encode(), buffer, length)
            if needed < 0:
                return None
            if needed < length:
                return buffer.value.decode("utf-8", "replace")
            length = needed + 1

    @property
    def on_gpu(self) -> bool:
        """Whether this build of llama.cpp puts layers on a GPU."""
        return bool(self._native.llama_supports_gpu_offload())

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Ids of ``text``; with ``special``, control tokens written in it become themselves."""
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 8
        ids = (ctypes.c_int32 * room)()
        count = self._native.llama_tokenize(self._vocabulary, raw, len(raw), ids, room, False, special)
        if count < 0:
            ids = (ctypes.c_int32 * -count)()
            count = self._native.llama_tokenize(self._vocabulary, raw, len(raw), ids, -count, False, special)
        return list(ids[:count])

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of a token; nothing for a control token unless ``special``."""
        length = _PIECE
        while True:
            buffer = ctypes.create_string_buffer(length)
            count = self._native.llama_token_to_piece(self._vocabulary, token, buffer, length, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            length = -count

    def is_control(self, token: int) -> bool:
        """Whether a token is written by templates only."""
        return bool(self._native.llama_vocab_is_control(self._vocabulary, token))

    def stop_ids(self) -> frozenset[int]:
        """Every token that ends an answer."""
        is_end = self._native.llama_vocab_is_eog
        return frozenset(token for token in range(self.size) if is_end(self._vocabulary, token))

    def named(self, which: str) -> str:
        """Text of the ``bos`` or ``eos`` token, empty when there is none."""
        token = getattr(self._native, f"llama_vocab_{which}")(self._vocabulary)
        return self.piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def close(self) -> None:
        """Free the weights."""
        self._native.llama_model_free(self.pointer)


def decode(weights: Weights, ids: Sequence[int]) -> str:
    """Text of ids, control tokens left out."""
    return b"".join(map(weights.piece, ids)).decode("utf-8", "replace")
