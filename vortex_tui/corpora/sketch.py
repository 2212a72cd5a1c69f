"""How alike two texts are: sets of three words in a row, and their MinHash.

Case and blanks count for nothing; figures and signs count, because "37 + 58" and "37 - 58" are two tasks.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vortex_tui.corpora.refusal import missing

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS = 128
# Scripts that put no blanks between words are read a character at a time.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")
SCHEME = "affine32"
_WORDS_A_SHINGLE = 3
_SEED = 1
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))

Shingles = npt.NDArray[np.uint32]
Signature = npt.NDArray[np.uint32]


class Sketcher:
    """Makes shingles and signatures. Raises CorpusError without the library."""

    def __init__(self) -> None:
        try:
            import datasketch
        except ImportError as error:
            raise missing("datasketch", "finding near-duplicates") from error
        self._kind: Any = datasketch.MinHash
        # Permutations are drawn once: drawing them costs more than using them.
        self._empty = self._kind(num_perm=PERMUTATIONS, seed=_SEED, hashfunc=int, scheme=SCHEME)
        self._tokens: dict[str, int] = {}

    def shingles(self, text: str) -> Shingles:
        """The set of a text's shingles as sorted hashes; a text of fewer words is one shingle."""
        found = _TOKEN.findall(text.casefold())
        hashes = np.array([self._token(token) for token in found], dtype=np.uint64)
        width = min(_WORDS_A_SHINGLE, len(hashes))
        mixed = hashes[: len(hashes) - width + 1].copy()
        for step in range(1, width):
            mixed = (mixed ^ (mixed >> np.uint64(29))) * _FACTORS[0] + hashes[step : len(mixed) + step]
        mixed = (mixed ^ (mixed >> np.uint64(32))) * _FACTORS[1]
        return np.unique((mixed >> np.uint64(32)).astype(np.uint32))

    def signature(self, shingles: Shingles) -> Signature:
        """The MinHash of a set of shingles, PERMUTATIONS values."""
        made = self._empty.copy()
        made.update_batch(shingles.tolist())
        values: Signature = made.hashvalues
        return values

    def minhash(self, signature: Signature) -> MinHash:
        """A signature as the library's index takes it."""
        return self._kind(hashvalues=signature, permutations=self._empty.permutations, scheme=SCHEME)

    def _token(self, token: str) -> int:
        if (known := self._tokens.get(token)) is None:
            raw = hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            known = self._tokens[token] = int.from_bytes(raw, "little")
        return known


def jaccard(one: Shingles, other: Shingles) -> float:
    """The share of shingles that two sets have in common; 0 where both are empty."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    union = len(one) + len(other) - common
    return common / union if union else 0.0
