"""Backend ``llama_cpp``: a GGUF file, its experts, and K/V that knows its mix."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vortex_tui.engine.backends.base import Affinities, MemorySplit, OnStage, Vectors
from vortex_tui.engine.backends.llama.composing import Compose, Composing
from vortex_tui.engine.backends.llama.decoding import LlamaDecoding, Plan
from vortex_tui.engine.backends.llama.memory import Memory
from vortex_tui.engine.backends.llama.mixes import Convert, Mixes
from vortex_tui.engine.backends.llama.reading import Reader
from vortex_tui.engine.backends.llama.sampler import RowSampler
from vortex_tui.engine.backends.llama.session import Session
from vortex_tui.engine.backends.llama.speculation import Speculation
from vortex_tui.engine.backends.llama.text import ChatText, Stream
from vortex_tui.engine.backends.llama.weights import ALL_LAYERS, Weights
from vortex_tui.engine.budget.buffers import SEQUENCES
from vortex_tui.engine.budget.estimate import COMPOSED_BYTES
from vortex_tui.engine.protocol import Conversation, Sampling
from vortex_tui.errors import ProfileError
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.mix import Mix
from vortex_tui.gguf import reader

_MIB = 1024 * 1024
_SMALL_BYTES = 64 * _MIB


@dataclass(frozen=True, slots=True)
class Settings:
    """What a profile says of this backend; ``kv_host_mb`` in mebibytes."""

    ctx_tokens: int
    kv_type: str = "f16"
    kv_host_mb: int = 0
    speculate: bool = False
    composed_bytes: int = COMPOSED_BYTES


class LlamaBackend:
    """A loaded GGUF with one context; every request's rows are sequences of it.

    ``convert`` gives the GGUF of a verified adapter, ``compose`` that of a mix.
    """

    name = "llama_cpp"
    heeds_patterns = True
    # Adapters are converted to 32 bits.
    value_bytes = 4

    def __init__(
        self, file: Path, settings: Settings, convert: Convert, compose: Compose, on_stage: OnStage
    ) -> None:
        on_stage("weights", 0.0)
        self._weights = Weights(file, ALL_LAYERS, lambda done: on_stage("weights", 0.9 * done))
        on_stage("context", 0.9)
        threads = threads_for(file)
        # What is refused from here on must not leave gigabytes behind.
        with ExitStack() as undo:
            undo.callback(self._weights.close)
            self._text = ChatText(self._weights)
            self._session = Session(self._weights, settings.ctx_tokens, SEQUENCES, settings.kv_type, threads)
            undo.pop_all()
        self._memory = Memory(self._session, self._weights.window, settings.kv_host_mb * _MIB)
        self._reader = Reader(self._weights, threads)
        header = reader.read(file)
        self._mixes = Mixes(
            self._weights, header, convert, Composing(compose), self._take_off, settings.composed_bytes
        )
        self._speculate = settings.speculate
        self.quantization = header.quantization
        self.layers: Mapping[str, int] = Counter(tensor.type_name for tensor in header.tensors.values())
        self.device = "gpu" if self._weights.on_gpu else "cpu"
        self.max_context = self._weights.max_context
        self.stop_ids = self._text.stop_ids
        self.notes = self._text.notes

    def _take_off(self) -> None:
        """No context may hold an adapter that is freed."""
        self._session.wear(())
        self._reader.wear(())

    def encode_chat(self, conversation: Conversation) -> list[int]:
        """Ids of the conversation as the model's template renders it, up to the answer."""
        return self._text.encode_chat(conversation)

    def encode(self, text: str) -> list[int]:
        """Ids of a raw text."""
        return self._text.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, special tokens left out."""
        return self._text.decode(ids)

    def detokenizer(self) -> Stream:
        """A new incremental decoder."""
        return self._text.detokenizer()

    def attach(self, adapter: Adapter) -> None:
        """Make a verified adapter usable in mixes. Raises ExpertError when it does not fit."""
        self._mixes.attach(adapter)

    def detach(self, content_hash: str) -> None:
        """Let go of an adapter."""
        self._mixes.detach(content_hash)

    def known(self, prompt: Sequence[int], mix: Mix) -> int:
        """How many of a prompt's tokens need no evaluation under this mix."""
        return self._memory.known(self._mixes.peek(mix), prompt)

    def startable(self, lengths: Sequence[int], limit: int) -> int:  # noqa: ARG002 - the interface names it
        """All: rows wait for free cells by themselves."""
        return len(lengths)

    @property
    def kv_host_bytes(self) -> int:
        """Host memory that snapshots of K/V take."""
        return self._memory.host_bytes

    def start(self, prompts: Sequence[list[int]], sampling: Sampling, mix: Mix) -> LlamaDecoding:
        """Begin to answer a batch under one mix."""

        def sampler(prompt: list[int]) -> RowSampler:
            return RowSampler(sampling, prompt, self.stop_ids, self._weights.size)

        form = self._mixes.hold(mix)
        plan = Plan(
            key=form.key,
            limit=sampling.max_new_tokens,
            stop_ids=self.stop_ids,
            sampler=sampler,
            speculation=lambda prompt: Speculation(prompt) if self._speculate else None,
            wear=lambda: self._session.wear(form.adapters),
            let_go=lambda: self._mixes.let_go(mix),
        )
        return LlamaDecoding(self._session, self._memory, plan, prompts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Mean of the last layer's states over each text, of unit length: (texts, hidden)."""
        return np.stack([self._reader.vector(self.encode(text)) for text in texts])

    def affinities(self, experts: Iterable[tuple[str, Adapter]], background: Sequence[str]) -> Affinities:  # noqa: ARG002 - the interface names them
        """Raises ProfileError: llama.cpp does not show what goes into its layers."""
        raise ProfileError(
            "arrow needs the hf backend",
            found="llama_cpp, which does not show what goes into a layer",
            expected="a safetensors model that transformers opens",
            mend="set core.backend to hf, or another experts.router.mode",
        )

    def nll(self, prompts: Sequence[list[int]], answers: Sequence[list[int]], mix: Mix) -> list[float]:
        """Mean negative log-likelihood (nats) of the answers' tokens."""
        adapters = self._mixes.form(mix).adapters
        return [
            self._reader.loss(prompt, answer, adapters)
            for prompt, answer in zip(prompts, answers, strict=True)
        ]

    def vram_mb(self) -> tuple[float | None, float | None]:
        """Not told by llama.cpp: the telemetry asks the driver for this process."""
        return None, None

    def memory_split(self) -> MemorySplit:
        """The weights on a CPU; llama.cpp does not tell what it put on a card, nor its K/V and adapters."""
        return MemorySplit(weights=None if self._weights.on_gpu else self._weights.nbytes)

    def close(self) -> None:
        """Let go of contexts and weights."""
        self._mixes.close()
        self._memory.forget()
        self._reader.close()
        self._session.close()
        self._weights.close()


def threads_for(file: Path) -> int:
    """A small model's operations are shorter than waking a second thread for them."""
    return 1 if file.stat().st_size < _SMALL_BYTES else max(1, (os.cpu_count() or 2) // 2)
