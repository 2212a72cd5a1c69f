"""Backend ``hf``: transformers, bitsandbytes and PEFT, on CUDA or CPU."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import torch

from vortex_tui.engine.backends import hf_bytes
from vortex_tui.engine.backends.base import Affinities, MemorySplit, OnStage, Vectors
from vortex_tui.engine.backends.hf_arrow import Arrow
from vortex_tui.engine.backends.hf_card import within_budget
from vortex_tui.engine.backends.hf_decode import HfDecoding, left_padded
from vortex_tui.engine.backends.hf_kept import Memory
from vortex_tui.engine.backends.hf_load import linear_kinds, load_model
from vortex_tui.engine.backends.hf_lora import LoraSlots, separate
from vortex_tui.engine.backends.hf_progress import weights_progress
from vortex_tui.engine.backends.hf_text import ChatText, StreamDecoder, load_tokenizer
from vortex_tui.engine.budget.buffers import SCORED_BYTES
from vortex_tui.engine.budget.estimate import COMPOSED_BYTES
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.offload import Plan
from vortex_tui.engine.protocol import Conversation, Sampling
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.mix import Mix

_EMBED_BATCH = 16
_EMBED_TOKENS = 512
_MIB = 1024 * 1024
_SMALL_BYTES = 64 * _MIB
# The model gives logits in 16 bits at least, and the loss wants them in 32.
_LOGIT_BYTES = 6


def _choose_threads(folder: ModelFolder) -> None:
    """A small model's operations are shorter than waking a second thread for them."""
    if folder.weight_bytes < _SMALL_BYTES:
        torch.set_num_threads(1)


class HfBackend:
    """A loaded model; K/V of answers is kept for follow-ups where the last two sizes have room for it."""

    name = "hf"
    heeds_patterns = False

    def __init__(
        self,
        folder: ModelFolder,
        quantization: str,
        on_stage: OnStage,
        *,
        ctx_tokens: int = 0,
        kv_host_mb: int = 0,
        plan: Plan | None = None,
        composed_bytes: int = COMPOSED_BYTES,
    ) -> None:
        on_stage("tokenizer", 0.0)
        tokenizer = load_tokenizer(folder.path)
        on_stage("weights", 0.1)
        with weights_progress(lambda done: on_stage("weights", 0.1 + 0.8 * done)):
            self._model = load_model(folder, quantization, plan)
        # Before any adapter, and once: another thread asks for it while this one changes the model.
        self._weights = hf_bytes.weigh(hf_bytes.of_model(self._model), self._model.device)
        _choose_threads(folder)
        on_stage("adapters", 0.95)
        self._text = ChatText(tokenizer, self._model.generation_config)
        self._slots = LoraSlots(self._model, composed_bytes)
        # On a CPU the device's memory is the host's: it is counted once, as snapshots.
        on_device = ctx_tokens if self._model.device.type == "cuda" else 0
        self._memory = Memory(self._model, on_device, kv_host_mb * _MIB, ctx_tokens)
        self.quantization = quantization
        self.layers: Mapping[str, int] = linear_kinds(self._model)
        self.device = str(self._model.device)
        self.max_context = folder.max_context
        self.stop_ids = self._text.stop_ids
        self.notes = self._text.notes

    def encode_chat(self, conversation: Conversation) -> list[int]:
        """Ids of the conversation as the model's template renders it, up to the answer."""
        return self._text.encode_chat(conversation)

    def encode(self, text: str) -> list[int]:
        """Ids of a raw text."""
        return self._text.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, special tokens left out."""
        return self._text.decode(ids)

    def detokenizer(self) -> StreamDecoder:
        """A new incremental decoder."""
        return self._text.detokenizer()

    def attach(self, adapter: Adapter) -> None:
        """Make a verified adapter usable in mixes. Raises ExpertError when it does not fit."""
        self._slots.attach(adapter)

    def detach(self, content_hash: str) -> None:
        """Let go of an adapter."""
        self._slots.detach(content_hash)

    def start(self, prompts: Sequence[list[int]], sampling: Sampling, mix: Mix) -> HfDecoding:
        """Begin to answer a batch under one mix."""
        form = self._slots.form(mix)
        return HfDecoding(
            self._model, self._memory, form.key, prompts, sampling, self.stop_ids,
            lambda: self._slots.activate(form),
        )  # fmt: skip

    def known(self, prompt: Sequence[int], mix: Mix) -> int:
        """How many of a prompt's tokens need no evaluation under this mix, if it is answered alone."""
        return self._memory.known(self._slots.peek(mix).key, prompt)

    def startable(self, lengths: Sequence[int], limit: int) -> int:
        """How many of these prompts may start now, within the budget of the context: the first so many."""
        return self._memory.startable(lengths, limit)

    @property
    def value_bytes(self) -> int:
        """Bytes of a value of an adapter in memory."""
        return int(self._model.dtype.itemsize)

    @property
    def kv_host_bytes(self) -> int:
        """Host memory that snapshots of K/V take."""
        return self._memory.host_bytes

    def _make_bare(self) -> None:
        self._slots.activate(separate(Mix()))

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> Vectors:
        """Mean of a middle layer's states over each text, of unit length: (texts, hidden)."""
        self._make_bare()
        rows = [self.encode(text)[:_EMBED_TOKENS] or [0] for text in texts]
        batches = [rows[at : at + _EMBED_BATCH] for at in range(0, len(rows), _EMBED_BATCH)]
        with within_budget("to encode a text"):
            return np.concatenate([self._embed_batch(batch) for batch in batches])

    def _embed_batch(self, rows: list[list[int]]) -> Vectors:
        ids, mask = left_padded(rows, self._model.device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        # The body without its head: the vocabulary's logits are not needed.
        output = self._model.base_model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            output_hidden_states=True,
            use_cache=False,
        )
        # The upper-middle layers carry meaning; the last ones carry the next token.
        states = output.hidden_states[2 * len(output.hidden_states) // 3].float()
        weights = mask.unsqueeze(-1).float()
        mean = (states * weights).sum(1) / weights.sum(1)
        vectors: Vectors = torch.nn.functional.normalize(mean, dim=-1).cpu().numpy()
        return vectors

    def affinities(self, experts: Iterable[tuple[str, Adapter]], background: Sequence[str]) -> Affinities:
        """What tells a prompt's experts from their weights alone (Arrow). Raises ExpertError."""

        def fitting() -> Iterator[tuple[str, Adapter]]:
            for name, adapter in experts:
                self._slots.check(adapter)
                yield name, adapter

        return Arrow(self._model, self.encode_chat, self._make_bare, fitting(), background).affinities

    @torch.inference_mode()
    def nll(self, prompts: Sequence[list[int]], answers: Sequence[list[int]], mix: Mix) -> list[float]:
        """Mean negative log-likelihood (nats) of the answers' tokens."""
        self._slots.activate(self._slots.form(mix))
        # Logits of a large vocabulary are scored a few rows at a time: they would be gigabytes.
        row_bytes = (max(map(len, answers)) + 1) * self._model.config.vocab_size * _LOGIT_BYTES
        step = max(1, SCORED_BYTES // row_bytes)
        starts = range(0, len(prompts), step)
        with within_budget("to score answers"):
            parts = [self._losses(prompts[at : at + step], answers[at : at + step]) for at in starts]
        return [loss for part in parts for loss in part]

    def _losses(self, prompts: Sequence[list[int]], answers: Sequence[list[int]]) -> list[float]:
        rows = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
        ids, mask = left_padded(rows, self._model.device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        # A large vocabulary over a whole prompt would be gigabytes: only the answers' logits are made.
        kept = max(map(len, answers)) + 1
        logits = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            use_cache=False,
            logits_to_keep=kept,
        ).logits
        losses = []
        for row, answer in enumerate(answers):
            scores = logits[row, -len(answer) - 1 : -1].float()
            target = ids[row, -len(answer) :]
            losses.append(float(torch.nn.functional.cross_entropy(scores, target)))
        return losses

    def vram_mb(self) -> tuple[float | None, float | None]:
        """Memory now and at its peak in MiB, or None without a GPU."""
        if self._model.device.type != "cuda":
            return None, None
        return torch.cuda.memory_allocated() / _MIB, torch.cuda.max_memory_allocated() / _MIB

    def memory_split(self) -> MemorySplit:
        """The sums of the tensors on the model's device; safe to call while another thread computes."""
        return MemorySplit(self._weights, self._slots.nbytes, self._memory.device_bytes)

    def close(self) -> None:
        """Let go of the weights and of kept K/V."""
        del self._model, self._slots, self._memory
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
