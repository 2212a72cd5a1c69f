"""Adapters on a transformers model through PEFT, and the exact weighted mix of them.

With adapters i active at weight wᵢ every target layer gives Wx + Σ wᵢ·sᵢ·BᵢAᵢx.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass

import safetensors.torch
import torch
from peft import LoraConfig, PeftModel, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from safetensors import SafetensorError
from transformers import PreTrainedModel

from vortex_tui.engine.backends import hf_bytes
from vortex_tui.engine.backends.hf_card import within_budget
from vortex_tui.engine.backends.hf_compose import stacked
from vortex_tui.engine.budget.estimate import COMPOSED_BYTES, COMPOSED_COUNT
from vortex_tui.errors import BudgetError, ExpertError
from vortex_tui.escape import one_line
from vortex_tui.experts.adapter import Adapter, check_shapes
from vortex_tui.experts.mix import Mix

# Only what changes the numbers is taken over from a foreign configuration.
_TAKEN = ("r", "lora_alpha", "use_rslora", "fan_in_fan_out")
# A mix of several that comes this often is composed.
_OFTEN = 2


@dataclass(frozen=True, slots=True)
class Form:
    """How a mix is computed: adapters by name with their weights, and the key of its K/V.

    The composed form equals the separate one up to rounding, so its K/V has a key of its own.
    """

    key: str
    weights: tuple[tuple[str, float], ...]
    mix: Mix


def separate(mix: Mix) -> Form:
    """A mix as the sum of its adapters, side by side."""
    return Form(mix.hash, tuple((part.content_hash, part.weight) for part in mix.parts), mix)


def _linears(model: PreTrainedModel) -> dict[str, tuple[int, int]]:
    return {
        name: (module.in_features, module.out_features)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear)
    }


def _config(adapter: Adapter) -> LoraConfig:
    taken = {key: adapter.config[key] for key in _TAKEN if key in adapter.config}
    # Full names, so that PEFT does not look for further layers that end alike.
    return LoraConfig(target_modules=sorted(adapter.modules), inference_mode=True, **taken)


def _misfit(adapter: Adapter, found: str) -> ExpertError:
    return ExpertError(
        f"the expert {adapter.manifest.id} is refused: its weights do not fit the base",
        found=one_line(found[:200]),
        expected="the tensors its configuration names",
        mend=f"vortex-tui experts verify {adapter.manifest.id}, then restore or remove it",
    )


class LoraSlots:
    """The adapters attached to one model. Not thread-safe: one caller at a time."""

    def __init__(self, model: PreTrainedModel, composed_bytes: int = COMPOSED_BYTES) -> None:
        self._model = model
        self._composed_bytes = composed_bytes
        self._linears = _linears(model)
        self._peft: PeftModel | None = None
        self._attached: set[str] = set()
        self._active = separate(Mix())
        self._uses: Counter[str] = Counter()
        self._composed: OrderedDict[str, Form] = OrderedDict()
        # On the model's device, composed ones too; kept as a number, for threads that only ask.
        self.nbytes = 0

    def check(self, adapter: Adapter) -> None:
        """Raise ExpertError unless every module of an adapter is a layer of the base."""
        check_shapes(adapter, self._linears)

    def attach(self, adapter: Adapter) -> None:
        """Put the adapter beside the base's layers. Raises ExpertError when its shapes do not fit."""
        self.check(adapter)
        name = adapter.content_hash
        if name in self._attached:
            return
        tensors = self._tensors(adapter)
        try:
            with within_budget(f"for the expert {adapter.manifest.id}"):
                self._inject(name, _config(adapter))
                self._fill(name, tensors)
            self._attached.add(name)
        except BudgetError:
            self._withdraw(name)
            raise
        except (RuntimeError, ValueError, TypeError, KeyError) as error:
            self._withdraw(name)
            raise _misfit(adapter, str(error)) from error
        finally:
            # PEFT makes a new adapter the active one: whatever happened, the mix is what it was.
            self._apply(self._active)
            self._weigh()

    def _tensors(self, adapter: Adapter) -> dict[str, torch.Tensor]:
        try:
            loaded = safetensors.torch.load(adapter.weights)
        except (SafetensorError, ValueError) as error:
            raise _misfit(adapter, str(error)) from error
        return {key: value.to(self._model.dtype) for key, value in loaded.items()}

    def _withdraw(self, name: str) -> None:
        if self._peft is not None and name in self._peft.peft_config:
            self._peft.delete_adapter(name)

    def _inject(self, name: str, config: LoraConfig) -> None:
        if self._peft is None:
            self._peft = PeftModel(
                self._model, config, name, autocast_adapter_dtype=False, low_cpu_mem_usage=True
            )
        else:
            self._peft.add_adapter(name, config, low_cpu_mem_usage=True, autocast_adapter_dtype=False)

    def _fill(self, name: str, tensors: dict[str, torch.Tensor]) -> None:
        outcome = set_peft_model_state_dict(self._peft, tensors, name, low_cpu_mem_usage=True)
        if outcome.unexpected_keys:
            raise KeyError(", ".join(outcome.unexpected_keys[:3]))

    @property
    def _peft_model(self) -> PeftModel:
        if self._peft is None:
            raise ExpertError("no expert is attached")
        return self._peft

    def detach(self, content_hash: str) -> None:
        """Let go of an adapter; a mix that held it is no longer the active one."""
        if content_hash not in self._attached:
            return
        if any(name == content_hash for name, _ in self._active.weights):
            self._apply(separate(Mix()))
        self._peft_model.delete_adapter(content_hash)
        self._attached.discard(content_hash)
        self._apply(self._active)
        self._weigh()

    def peek(self, mix: Mix) -> Form:
        """The form a mix has now."""
        return self._composed.get(mix.hash) or separate(mix)

    def form(self, mix: Mix) -> Form:
        """The form for an answer that begins now: a mix of several that comes again is composed first."""
        self._uses[mix.hash] += 1
        if mix.hash in self._composed:
            self._composed.move_to_end(mix.hash)
        elif len(mix.parts) > 1 and self._uses[mix.hash] >= _OFTEN:
            self._compose(mix)
        return self.peek(mix)

    def _compose(self, mix: Mix) -> None:
        name = f"composed-{mix.hash}"
        rank, tensors = stacked(self._layers(), mix)
        modules = {key.removeprefix("base_model.model.").rpartition(".lora_")[0] for key in tensors}
        config = LoraConfig(r=rank, lora_alpha=rank, target_modules=sorted(modules), inference_mode=True)
        try:
            self._inject(name, config)
            self._fill(name, tensors)
            self._composed[mix.hash] = Form(name, ((name, 1.0),), mix)
            self._forget_oldest()
        finally:
            self._apply(self._active)
            self._weigh()

    def _forget_oldest(self) -> None:
        """Let go of the least recently used beyond the room they have; the newest and the active one stay."""
        for key in list(self._composed)[:-1]:
            if len(self._composed) <= COMPOSED_COUNT and self._weight_of_composed() <= self._composed_bytes:
                return
            if self._composed[key] != self._active:
                self._peft_model.delete_adapter(self._composed.pop(key).key)

    def _weight_of_composed(self) -> int:
        names = {form.key for form in self._composed.values()}
        layers = self._layers().values()
        return hf_bytes.weigh(hf_bytes.of_adapters(layers, names), self._model.device)

    def activate(self, form: Form) -> None:
        """Make a form what the model computes; nothing is done when it is already."""
        if form.key == self._active.key:
            return
        if form != separate(form.mix) and form.mix.hash not in self._composed:
            self._compose(form.mix)  # a long answer outlived its place among the composed ones
        self._apply(form)

    def _weigh(self) -> None:
        self.nbytes = hf_bytes.weigh(hf_bytes.of_adapters(self._layers().values()), self._model.device)

    def _layers(self) -> dict[str, LoraLayer]:
        return {name: each for name, each in self._model.named_modules() if isinstance(each, LoraLayer)}

    def _apply(self, form: Form) -> None:
        self._active = form
        if self._peft is None:
            return
        weights = dict(form.weights)
        self._peft.base_model.set_adapter(list(weights), inference_mode=True)
        for layer in self._layers().values():
            for name, weight in weights.items():
                layer.set_scale(name, weight)
