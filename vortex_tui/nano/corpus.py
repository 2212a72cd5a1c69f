"""What the base reads: half numbers, the rest Python's library, its topics and short chats."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from vortex_tui.nano import numeracy, stdlib
from vortex_tui.nano.conversation import BOS, chat
from vortex_tui.nano.tasks import DOMAINS, sample

# kind: share of the tokens
SHARES = {"numeracy": 0.55, "code": 0.17, "topics": 0.06, "chat": 0.22}
# Later stages have exercises for the numbers.
LATER_SHARES = {"code": 0.5, "topics": 0.15, "chat": 0.35}
_BATCH = 256

Tokens = npt.NDArray[np.uint16]


class Library:
    """Draws documents of each kind; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        """Read the standard library once."""
        self.rng = random.Random(seed)
        sources = stdlib.read_sources()
        self.files = list(sources.values())
        self.code = [piece for text in self.files for piece in stdlib.chunks(text)]
        self.topics = stdlib.topics()
        self.facts = stdlib.facts(sources, self.rng)

    def draw(self, kind: str) -> str:
        """Return one document of `kind`, a key of SHARES."""
        if kind == "numeracy":
            return numeracy.document(self.rng)
        if kind == "chat":
            return chat(self.facts, self.rng)
        return self.rng.choice(self.code if kind == "code" else self.topics)

    def sample_text(self, documents: int) -> Iterator[str]:
        """Yield text for the tokenizer: all kinds, and the words of the experts' trades."""
        kinds, weights = ("code", "topics", "chat", "numeracy"), (45, 15, 30, 10)
        for kind in self.rng.choices(kinds, weights, k=documents):
            yield self.draw(kind)
            example = sample(self.rng.choice(DOMAINS), self.rng, "train")
            yield f"{example.prompt}\n{example.answer}\n"


def _read(library: Library, tokenizer: Tokenizer, kind: str, budget: int) -> list[list[int]]:
    """Draw documents of one kind until they have `budget` tokens."""
    documents: list[list[int]] = []
    count = 0
    while count < budget:
        texts = [BOS + library.draw(kind) for _ in range(_BATCH)]
        encoded = [e.ids for e in tokenizer.encode_batch(texts)]
        documents += encoded
        count += sum(map(len, encoded))
    return documents


def pack(library: Library, tokenizer: Tokenizer, budget: int, shares: Mapping[str, float] = SHARES) -> Tokens:
    """Return about `budget` tokens of shuffled documents, end to end, each opened by BOS."""
    documents: list[list[int]] = []
    for kind, share in shares.items():
        documents += _read(library, tokenizer, kind, int(budget * share))
    library.rng.shuffle(documents)
    return np.concatenate([np.asarray(d, dtype=np.uint16) for d in documents])
