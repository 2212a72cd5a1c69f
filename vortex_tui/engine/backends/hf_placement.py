"""``hf_offload = "safe"``: layers beyond the card's budget stay with the CPU, and compute there."""

from __future__ import annotations

from typing import Any

import torch
from accelerate.hooks import remove_hook_from_module
from torch import nn
from transformers import PreTrainedModel

from vortex_tui.engine.budget.admission import Admission
from vortex_tui.engine.offload import Plan
from vortex_tui.errors import ModelError

_ALL_HERE = "core.hf_offload changes nothing: there is no CUDA device, and every layer is on the CPU anyway"


def notes(admission: Admission) -> tuple[str, ...]:
    """What a person should know of ``core.hf_offload``."""
    if not admission.demand.offload:
        return ()
    if admission.estimate.home == "host":
        return (_ALL_HERE,)
    plan = admission.estimate.plan
    return (f"core.hf_offload: {plan.told if plan else 'every layer fits on the card'}",)


def device_map(plan: Plan | None, place: torch.device) -> dict[str, Any]:
    """The map transformers loads by: everything on ``place``, or a split as planned."""
    if plan is None or not plan.split:
        return {"": place}
    # The string says "offloaded" to transformers; a device is where a module is at home.
    places = {name: "cpu" if where == "cpu" else place for name, where in plan.places.items()}
    first = next(iter(places))
    # A head tied to the embedding has no tensor of its own, and the rotary tables have none in the file.
    return {"lm_head": places[first], f"{first.rpartition('.')[0]}.rotary_emb": places[first]} | places


def quantises(plan: Plan | None) -> bool:
    """Whether any quantised layer is to be expected: those on the CPU of a split keep 16 bits."""
    return plan is None or not plan.split or plan.layers_on_gpu > 0


def settle(model: PreTrainedModel, plan: Plan | None) -> None:
    """Make the CPU's parts compute where their weights are. Raises ModelError.

    accelerate would copy each of these weights to the card for every token, and leave modules without
    weights that no adapter can be attached to. Here the token's state travels, not the layer.
    """
    if plan is None or not plan.split:
        return
    remove_hook_from_module(model, recurse=True)
    if absent := [name for name, value in model.named_parameters() if value.is_meta]:
        raise ModelError(
            "a layer has no weights after offloading", found=absent[0], expected="all on the CPU"
        )
    for name in plan.on_cpu:
        carry(model.get_submodule(name), torch.device("cpu"), model.device)


def carry(module: nn.Module, there: torch.device, home: torch.device) -> None:
    """Take what a module is given to ``there``, and what it returns back ``home``."""

    def go(_: nn.Module, args: Any, kwargs: Any) -> tuple[Any, Any]:
        return _moved(args, there), _moved(kwargs, there)

    def come_back(_: nn.Module, _args: Any, output: Any) -> Any:
        return _moved(output, home)

    module.register_forward_pre_hook(go, with_kwargs=True)
    module.register_forward_hook(come_back)


def _moved(value: Any, place: torch.device) -> Any:
    """Tensors in nested tuples, lists and dicts on ``place``; anything else, the K/V cache too, as it is."""
    if isinstance(value, torch.Tensor):
        return value.to(place)
    if type(value) in (tuple, list):
        return type(value)(_moved(part, place) for part in value)
    if type(value) is dict:
        return {key: _moved(part, place) for key, part in value.items()}
    return value
