"""Vectors of texts by a local sentence-transformers model."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from vortex_tui.engine.backends.base import Vectors
from vortex_tui.engine.encoder_folder import MAX_TOKENS, EncoderFolder
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

# Where the library is to be had; pyproject.toml has its bounds.
_MEND = 'pip install "vortex-tui[encoder]", or set experts.router.encoder to base'
_BATCH = 16
_PROBE = "What is 37 + 58?"
# What the libraries raise for files they do not understand.
_DAMAGED = (
    OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, ImportError, SafetensorError,
)  # fmt: skip


class FolderEncoder:
    """A local sentence-transformers model, on the CPU.

    The card's memory is the model's and its K/V's: a router may not take from it, and a prompt
    takes an encoder of 22 million parameters 20 ms on one core.
    """

    def __init__(self, folder: EncoderFolder) -> None:
        """Load a checked folder. Raises ModelError."""
        self.identity = folder.identity()
        self._folder = folder
        self._model = _steady(folder)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length, one a text, of its first 512 tokens: (texts, d) of float32.

        Raises ModelError for vectors that are not finite.
        """
        return _vectors(self._folder, self._model, texts)

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None


def _library() -> Any:
    try:
        return importlib.import_module("sentence_transformers")
    except (ImportError, OSError) as error:  # OSError: a library of its own does not load
        raise ModelError(
            "the encoder of a folder needs sentence-transformers",
            found=one_line(str(error))[:300],
            expected="sentence-transformers 5 or 6",
            mend=_MEND,
        ) from error


def _refuse(folder: EncoderFolder, what: str, found: str, expected: str) -> ModelError:
    return ModelError(
        f"the encoder {one_line(str(folder.path))} is refused: {what}",
        found=one_line(found)[:300],
        expected=expected,
        mend="copy the model's folder whole, or set experts.router.encoder to base",
    )


def _steady(folder: EncoderFolder) -> Any:
    """The model, if loading it twice makes the same one.

    Weights that are not in the file are filled with random ones, with a warning at most.
    """
    library = _library()
    first = _vectors(folder, _loaded(library, folder, seed=0), [_PROBE])
    model = _loaded(library, folder, seed=1)
    if not np.allclose(first, _vectors(folder, model, [_PROBE]), atol=1e-4):
        raise _refuse(
            folder, "weights are missing", "other vectors each time it is loaded", "all weights in the files"
        )
    return model


def _loaded(library: Any, folder: EncoderFolder, seed: int) -> Any:
    # The generator is the process's own: what samples from it must not notice.
    before = torch.random.get_rng_state()
    torch.default_generator.manual_seed(seed)
    try:
        model = library.SentenceTransformer(
            str(folder.path),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            # Over whatever the folder says: half precision on a CPU is slow and depends on the processor,
            # and a named attention may be code that transformers fetches.
            model_kwargs={"use_safetensors": True, "dtype": "float32", "attn_implementation": "eager"},
        )
    except _DAMAGED as error:
        raise _refuse(
            folder, "it could not be loaded", str(error), "a whole sentence-transformers model"
        ) from error
    finally:
        torch.random.set_rng_state(before)
    if not 0 < (model.max_seq_length or 0) <= MAX_TOKENS:
        model.max_seq_length = MAX_TOKENS
    return model.eval()


def _vectors(folder: EncoderFolder, model: Any, texts: Sequence[str]) -> Vectors:
    if not texts:
        return np.zeros((0, 0), np.float32)
    # A lone surrogate is no character, and the tokenizer takes none.
    given = [text.encode("utf-8", "replace").decode() for text in texts]
    try:
        found = model.encode(
            given,
            batch_size=_BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
    except _DAMAGED as error:
        raise _refuse(folder, "it could not encode a text", str(error), "a model of text") from error
    rows: Vectors = np.asarray(found, np.float32).reshape(len(given), -1)
    lengths = np.linalg.norm(rows, axis=-1)
    if not np.allclose(lengths, 1.0, atol=1e-3):  # what is not finite is not one either
        wrong = lengths[~np.isclose(lengths, 1.0, atol=1e-3)]
        raise _refuse(
            folder, "its vectors are not finite or are zero", f"lengths as {wrong[0]}", "vectors of length 1"
        )
    return rows
