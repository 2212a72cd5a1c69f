"""The base at four bits, as the engine loads it, with the adapter that is to be trained on it."""

from __future__ import annotations

from typing import Any

import bitsandbytes
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import PreTrainedModel

from vortex_tui.engine.backends.hf_load import load_model
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.training.memory import Shape
from vortex_tui.training.recipe import Recipe

QUANTIZATION = "nf4"


def load(folder: ModelFolder, *, unpacked: bool, checkpointed: bool) -> PreTrainedModel:
    """The base, none of its weights to be trained. Raises ModelError or BudgetError.

    ``checkpointed``: of a layer only its input is kept for the way back, and the rest computed again.
    """
    model = load_model(folder, QUANTIZATION)
    if unpacked:
        unpack(model)
    model.requires_grad_(False)
    model.config.use_cache = False
    if checkpointed:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    return model


def unpack(model: PreTrainedModel) -> None:
    """Put the values that 4-bit weights stand for in their place: the same function, computed faster."""
    for name, module in list(model.named_modules()):
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, _plain(module))


def _plain(module: Any) -> nn.Linear:
    values = bitsandbytes.functional.dequantize_4bit(module.weight.data, module.weight.quant_state)
    plain = nn.Linear(module.in_features, module.out_features, bias=False, device="meta")
    plain.weight = nn.Parameter(values.to(torch.float32), requires_grad=False)
    plain.bias = module.bias
    return plain


def add_adapter(model: PreTrainedModel, shape: Shape, recipe: Recipe) -> Any:
    """A PEFT model whose adapter, nothing yet, is on every matrix of the layers."""
    torch.manual_seed(recipe.seed)
    linear = {name for name, module in model.named_modules() if isinstance(module, nn.Linear)}
    # The files may name a module from further out than the model does.
    targets = sorted(name for name in linear if any(full.endswith(name) for full in shape.matrices))
    ends = sorted({name.rpartition(".")[2] for name in targets})
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=0.0,
        target_modules=ends,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)
