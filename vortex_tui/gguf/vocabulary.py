"""The vocabulary of a GGUF, as far as llama.cpp believes it without looking."""

from __future__ import annotations

from collections.abc import Iterator

from vortex_tui.gguf.cursor import Skipped
from vortex_tui.gguf.header import Header

_PREFIX = "tokenizer.ggml."
_TOKENS, _TYPES, _SCORES = f"{_PREFIX}tokens", f"{_PREFIX}token_type", f"{_PREFIX}scores"
WANTED = frozenset({_TOKENS, _TYPES, _SCORES})
_PIECES = "llama"  # SentencePiece: bytes that no piece covers are tokens of their own
_NO_WORDS = ("", "none", "no_vocab")


def problems(header: Header) -> Iterator[tuple[str, str]]:
    """What was found and what was expected, for a header read with ``WANTED``."""
    kind, tokens = header.text(f"{_PREFIX}model"), header.metadata.get(_TOKENS)
    if kind in _NO_WORDS:
        yield f"a tokenizer of the kind {kind!r}", "a model with its vocabulary"
        return
    if not isinstance(tokens, tuple) or not tokens or not isinstance(tokens[0], str):
        yield f"{_TOKENS}: {type(tokens).__name__}", "a list of texts"
        return
    words = header.strings(_TOKENS)
    # llama.cpp gives the empty ones names of their own.
    named = [word for word in words if word]
    if len(set(named)) != len(named):
        yield "a token twice in the vocabulary", "every token once"
    yield from _beside(header, _TYPES, int, len(words))
    yield from _beside(header, _SCORES, float, len(words))
    yield from _embeddings(header, len(words))
    if kind == _PIECES and (missing := _missing_byte(frozenset(words))) is not None:
        yield f"no token for the byte {missing}", "a token for every byte"


def _beside(header: Header, key: str, kind: type, count: int) -> Iterator[tuple[str, str]]:
    """A list that says something of each token: as long as the vocabulary, of the right kind."""
    found = header.metadata.get(key)
    if found is None:
        return
    right = isinstance(found, tuple) and len(found) == count and all(type(one) is kind for one in found)
    if not right:
        length = found.count if isinstance(found, Skipped) else len(found) if isinstance(found, tuple) else 0
        yield f"{key} of {length} elements for {count} tokens", f"{count} of the type {kind.__name__}"


def _embeddings(header: Header, count: int) -> Iterator[tuple[str, str]]:
    """A token beyond the embeddings would be read from beyond the tensor."""
    rows = header.tensors.get("token_embd.weight")
    if rows is not None and len(rows.shape) == 2 and rows.shape[0] < count:
        yield f"{count} tokens, {rows.shape[0]} embeddings", "an embedding for every token"


def _missing_byte(words: frozenset[str]) -> str | None:
    for byte in range(256):
        if f"<0x{byte:02X}>" not in words and chr(byte) not in words:
            return f"0x{byte:02X}"
    return None
