"""The prompts that tell a router what an expert is for: some as they come, some unlike all others."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MOST = 64
_COLUMNS, _PIECE = 512, 3
# Of more prompts as many are looked at, chosen by their hash.
_LOOKED_AT = 4096
# Longer ones say nothing more of what an expert is for.
_LONGEST = 2000


def choose(prompts: Sequence[str], most: int = MOST) -> tuple[str, ...]:
    """At most so many prompts, the same for the same set in any order.

    Half are as they come, by their hash: they stand for what is usual. Half are each the one least like
    those chosen before it: they stand for the rest.
    """
    unique = sorted({text[:_LONGEST] for text in prompts}, key=_hash)[:_LOOKED_AT]
    if len(unique) <= most:
        return tuple(unique)
    vectors = np.stack([_vector(text) for text in unique])
    chosen = list(range(most // 2))
    nearest = (vectors @ vectors[chosen].T).max(axis=1)
    while len(chosen) < most:
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
        nearest[chosen] = np.inf
    return tuple(unique[place] for place in chosen)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()


def _vector(text: str) -> npt.NDArray[np.float32]:
    """A prompt's pieces of three characters, counted in hashed columns, at unit length."""
    counts = np.zeros(_COLUMNS, np.float32)
    low = f" {text.lower()} "
    for at in range(len(low) - _PIECE + 1):
        counts[zlib.crc32(low[at : at + _PIECE].encode("utf-8")) % _COLUMNS] += 1.0
    return counts / np.linalg.norm(counts)
