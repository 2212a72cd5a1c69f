"""Arrow: which experts a prompt is kin to, told by their weights alone, with no prompts of theirs.

Ostapenko et al., "Towards Modular LLMs by Building and Reusing a Library of LoRAs"
(https://arxiv.org/abs/2405.11157): the first right singular vector of an update B·A is the
direction of its input that it changes most, whatever its sign. Each token's normalised input x of
a matrix is held against these prototypes v, |v·x|, and a softmax shares it among the experts. The
paper mixes by token and layer; our mixes are of a whole prompt, so that an expert's score is the
mean of its shares over tokens and matrices, in deviations from its mean over background prompts.

On nano's calibration prompts (14 experts, 120 prompts each) the right one leads in 0.53 (chance
0.07) and is among the first three in 0.79; for code, sql, regex and shell it leads in less than
0.2. Without the background it leads in 0.25, because some directions are in every prompt. On 40 of
each, with all of the background: shares 0.52, the mean of |v·x| in their place 0.41, a prompt
without its template 0.53.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import safetensors.torch
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from vortex_tui.engine.protocol import ChatMessage, Conversation
from vortex_tui.errors import ExpertError
from vortex_tui.escape import one_line
from vortex_tui.experts.adapter import Adapter

MAX_TOKENS = 512
# Spread over the background, so many tell an expert's mean and deviation nearly as well as all.
_BACKGROUND = 64
# How sharply a token is shared among the experts; from 0.05 to 0.2 nano answers alike.
_TEMPERATURE = 0.1
# A score that hardly moves at all, as that of the one expert of a matrix, tells nothing.
_LEAST_DEVIATION = 1e-3


@dataclass(frozen=True, slots=True)
class _Prototypes:
    """Of one matrix: (experts, inputs) of unit rows, zero where an expert leaves it alone; who has one."""

    rows: Tensor
    held: Tensor

    def shares(self, inputs: Tensor) -> Tensor:
        """Mean share of each expert in units of an equal share, for ``inputs`` (tokens, inputs)."""
        unit = nn.functional.normalize(inputs.to(self.rows.device, torch.float32), dim=-1)
        kin = (unit @ self.rows.float().T).abs() / _TEMPERATURE
        kin = kin.masked_fill(~self.held, -torch.inf)
        return torch.softmax(kin, dim=-1).mean(0) * self.held.sum()


class Arrow:
    """Experts' prototypes on one model: for 14 experts of a 7B base 35 MB, where its layers are.

    They are kept in 16 bits, (experts, inputs) a matrix. Not thread-safe: one caller at a time.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        encode_chat: Callable[[Conversation], list[int]],
        make_bare: Callable[[], None],
        experts: Iterable[tuple[str, Adapter]],
        background: Sequence[str] = (),
    ) -> None:
        """Take the prototypes of ``experts`` by name, verified and of this model, one after the other.

        ``make_bare`` leaves the base without any adapter; ``background``: prompts that no expert
        serves. Raises ExpertError for weights that are not finite.
        """
        # Whoever still holds a router of a closed backend keeps no weights on the card.
        self._model: PreTrainedModel = weakref.proxy(model)
        self._encode_chat = encode_chat
        self._make_bare = make_bare
        found = {name: dict(_prototypes(adapter)) for name, adapter in experts}
        self._names = tuple(found)
        self._matrices = _by_matrix(model, list(found.values()))
        self._mean, self._deviation = torch.zeros(len(found)), torch.ones(len(found))
        if self._names and background:
            every = -(-len(background) // _BACKGROUND)
            self._measure(background[::every])

    def _measure(self, background: Sequence[str]) -> None:
        scores = torch.stack([self._scores(text) for text in background])
        self._mean = scores.mean(0)
        self._deviation = scores.std(0, correction=0).clamp(min=_LEAST_DEVIATION)

    def affinities(self, text: str) -> dict[str, float]:
        """Each expert's share of a prompt (0..1, together 1): the softmax of its standardised score.

        One forward pass of the bare base over at most 512 tokens. Raises ModelError when the
        model's template refuses the text.
        """
        if not self._names:
            return {}
        standard = (self._scores(text) - self._mean) / self._deviation
        return dict(zip(self._names, torch.softmax(standard.double(), dim=0).tolist(), strict=True))

    @torch.inference_mode()
    def _scores(self, text: str) -> Tensor:
        """Mean over the matrices that an expert has and the prompt came through; 1 is an equal share."""
        ids = self._encode_chat((ChatMessage(role="user", content=text),))[:MAX_TOKENS] or [0]
        self._make_bare()
        with self._listening() as heard:
            given = torch.tensor([ids], device=self._model.device)
            self._model(input_ids=given, use_cache=False, logits_to_keep=1)
        if not heard:
            return torch.ones(len(self._names))
        # Together, so that the card is waited for once.
        shares = torch.stack([share.to(self._model.device) for _, share in heard]).cpu()
        held = torch.stack([self._matrices[name].held.to(self._model.device) for name, _ in heard]).cpu()
        return torch.where(held.any(0), shares.sum(0) / held.sum(0).clamp(min=1), 1.0)

    @contextmanager
    def _listening(self) -> Iterator[list[tuple[str, Tensor]]]:
        """Shares by matrix, as inputs go into it; nothing stays on the model afterwards."""
        heard: list[tuple[str, Tensor]] = []

        def hook(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
            prototypes = self._matrices[name]

            def hear(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
                if given[0].numel():  # one of many experts of the base itself may get no token
                    heard.append((name, prototypes.shares(given[0].flatten(0, -2))))

            return hear

        with ExitStack() as undo:
            for name in self._matrices:
                handle = self._model.get_submodule(name).register_forward_pre_hook(hook(name))
                undo.callback(handle.remove)
            yield heard


def _prototypes(adapter: Adapter) -> Iterator[tuple[str, Tensor]]:
    """First right singular vector of each module's update (inputs,); none where the update is zero."""
    tensors = safetensors.torch.load(adapter.weights)
    for module in adapter.modules:
        prefix = f"base_model.model.{module}.lora_"
        vector = first_direction(tensors[f"{prefix}A.weight"].float(), tensors[f"{prefix}B.weight"].float())
        if vector is None:
            continue
        if not torch.isfinite(vector).all():
            raise ExpertError(
                f"the expert {adapter.manifest.id} is refused: its weights are not finite",
                found=one_line(module),
                expected="finite numbers",
                mend=f"vortex-tui experts verify {adapter.manifest.id}, then restore or remove it",
            )
        yield module, vector


def first_direction(a: Tensor, b: Tensor) -> Tensor | None:
    """First right singular vector (inputs,) of B·A from A (rank, inputs) and B (outputs, rank).

    B·A = Q₂(R₂·R₁ᵀ)Q₁ᵀ with the factors of Aᵀ and B: only rank × rank is decomposed. None for a
    zero update; not-a-number for factors that are not finite.
    """
    if not (torch.isfinite(a).all() and torch.isfinite(b).all()):
        return torch.full((a.shape[1],), torch.nan)
    basis, r1 = torch.linalg.qr(a.T)
    r2 = torch.linalg.qr(b, mode="r").R
    _, strengths, rows = torch.linalg.svd(r2 @ r1.T)
    return basis @ rows[0] if strengths[0] > 0 else None


def _by_matrix(model: PreTrainedModel, experts: list[dict[str, Tensor]]) -> dict[str, _Prototypes]:
    """Prototypes of all experts by matrix, each on its layer's device."""
    found: dict[str, _Prototypes] = {}
    for name in sorted({name for each in experts for name in each}):
        width = next(each[name] for each in experts if name in each).shape
        place = next(model.get_submodule(name).parameters()).device
        rows = torch.stack([each.get(name, torch.zeros(width)) for each in experts])
        held = torch.tensor([name in each for each in experts])
        found[name] = _Prototypes(rows.to(place, torch.float16), held.to(place))
    return found
