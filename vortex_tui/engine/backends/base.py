"""What the runtime asks of a backend. One of them is loaded at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vortex_tui.engine.protocol import Conversation, Sampling
from vortex_tui.engine.sequence import Detokenizer
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.mix import Mix

Vectors = npt.NDArray[np.float32]
OnStage = Callable[[str, float], None]
# Each expert's share of a prompt, by name: 0..1, together 1.
Affinities = Callable[[str], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Spared:
    """Work a row was spared: prompt tokens whose K/V was there, copied from host memory or not; drafts."""

    tokens: int = 0
    restored_bytes: int = 0
    restored_ms: float = 0.0
    drafted: int = 0
    accepted: int = 0


NOTHING_SPARED = Spared()


@dataclass(frozen=True, slots=True)
class MemorySplit:
    """Bytes on the backend's own device: the host's memory on a CPU. None where they cannot be told.

    ``kv``: K/V of running rows and what is kept of it there.
    """

    weights: int | None = None
    experts: int | None = None
    kv: int | None = None


class Decoding(Protocol):
    """A running batch. Rows keep the numbers they started with."""

    def step(self) -> dict[int, list[int]]:
        """The next tokens of rows still running; none while their prompts are being evaluated.

        A row's first token comes alone, at once; later ones may come several at a time. None
        follows one of the backend's ``stop_ids``, nor exceeds the request's ``max_new_tokens``.
        """

    def evaluated(self) -> float:
        """Share (0..1) of the prompts' unknown tokens that have been evaluated."""

    def spared(self, row: int) -> Spared:
        """What a row that has a token and was not dropped did not have to compute."""

    def drop(self, row: int) -> None:
        """Leave a finished row out of the next steps."""

    def close(self) -> None:
        """Drop every row."""


class Backend(Protocol):
    """Weights in memory, with their tokenizer and the experts attached to them."""

    name: str
    device: str
    quantization: str
    layers: Mapping[str, int]
    max_context: int
    stop_ids: frozenset[int]
    heeds_patterns: bool
    notes: tuple[str, ...]

    def encode_chat(self, conversation: Conversation) -> list[int]:
        """Ids of the conversation as the model's template renders it, up to the answer."""

    def encode(self, text: str) -> list[int]:
        """Ids of a raw text."""

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, special tokens left out."""

    def detokenizer(self) -> Detokenizer:
        """A new incremental decoder."""

    def attach(self, adapter: Adapter) -> None:
        """Make a verified adapter usable in mixes. Raises ExpertError when it does not fit."""

    def detach(self, content_hash: str) -> None:
        """Let go of an adapter."""

    def known(self, prompt: Sequence[int], mix: Mix) -> int:
        """How many of a prompt's tokens need no evaluation under this mix."""

    def startable(self, lengths: Sequence[int], limit: int) -> int:
        """How many of these prompts may start now and grow by ``limit`` tokens: the first so many.

        None only while others run; a backend whose rows wait by themselves takes all.
        """

    @property
    def value_bytes(self) -> int:
        """Bytes of a value of an adapter in memory."""

    @property
    def kv_host_bytes(self) -> int:
        """Host memory that snapshots of K/V take."""

    def start(self, prompts: Sequence[list[int]], sampling: Sampling, mix: Mix) -> Decoding:
        """Begin to answer a batch under one mix."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the base alone, one a text, of unit length: (texts, hidden)."""

    def affinities(self, experts: Iterable[tuple[str, Adapter]], background: Sequence[str]) -> Affinities:
        """What tells a prompt's experts from their weights alone (Arrow). Raises ProfileError or ExpertError.

        ``experts``: verified adapters by name, attached or not; ``background``: prompts none serves.
        """

    def nll(self, prompts: Sequence[list[int]], answers: Sequence[list[int]], mix: Mix) -> list[float]:
        """Mean negative log-likelihood (nats) of the answers' tokens."""

    def vram_mb(self) -> tuple[float | None, float | None]:
        """Memory now and at its peak in MiB, or None without a GPU."""

    def memory_split(self) -> MemorySplit:
        """What the memory is used for; safe to call while another thread computes."""

    def close(self) -> None:
        """Let go of the weights."""
