"""What turns prompts into vectors for the router: the base's own states, or a model of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vortex_tui.engine import encoder_folder
from vortex_tui.engine.backends.base import Backend, Vectors


class Encoder(Protocol):
    """Vectors of texts. Caches of them are keyed by ``identity``: whatever changes a vector changes it."""

    identity: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length, one a text: (texts, d) of float32. Raises ModelError."""

    def close(self) -> None:
        """Let go of what it holds."""


class BaseEncoder:
    """The hidden states of the loaded model; the backend stays its owner's."""

    def __init__(self, backend: Backend, fingerprint: str) -> None:
        # Quantisation moves hidden states, and the two backends take them from different layers.
        self.identity = "\0".join((fingerprint, backend.name, backend.quantization))
        self._backend = backend

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length, one a text: (texts, hidden) of float32."""
        return self._backend.embed(texts)

    def close(self) -> None:
        """Nothing: the backend is closed by who opened it."""


def open_encoder(name: str, backend: Backend, fingerprint: str) -> Encoder | None:
    """The encoder that a profile names; none for ``lexical``. Raises ModelError."""
    if name == "lexical":
        return None
    if name == "base":
        return BaseEncoder(backend, fingerprint)
    # torch and the library are imported only where they are needed: a GGUF answers without either.
    from vortex_tui.engine.folder_encoder import FolderEncoder

    return FolderEncoder(encoder_folder.inspect(encoder_folder.locate(name)))


def check(name: str) -> None:
    """Judge an encoder's folder by its files before anything is loaded. Raises ModelError."""
    if name not in encoder_folder.NO_FOLDER:
        encoder_folder.inspect(encoder_folder.locate(name))
