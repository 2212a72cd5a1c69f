"""What tensors weigh on a device: each storage once, however many tensors show it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import torch
from peft.tuners.lora import LoraLayer
from torch import nn


def weigh(tensors: Iterable[torch.Tensor], device: torch.device) -> int:
    """Bytes of the storages behind ``tensors`` on that kind of device."""
    storages = (tensor.untyped_storage() for tensor in tensors if tensor.device.type == device.type)
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def of_model(model: nn.Module) -> Iterator[torch.Tensor]:
    """Parameters and buffers, and what bitsandbytes keeps beside a quantised weight."""
    yield from model.buffers()
    for parameter in model.parameters():
        yield parameter
        yield from _beside(parameter, depth=3)


def _beside(owner: object, depth: int) -> Iterator[torch.Tensor]:
    """Tensors in an object's attributes: scales of a quantised weight, and the scales of those."""
    for value in list(getattr(owner, "__dict__", {}).values()):
        if isinstance(value, torch.Tensor):
            yield value
        elif depth and type(value).__module__.partition(".")[0] == "bitsandbytes":
            yield from _beside(value, depth - 1)


def of_adapters(layers: Iterable[LoraLayer], names: Collection[str] | None = None) -> Iterator[torch.Tensor]:
    """Both factors of every adapter on these layers, composed ones too, or of those with ``names``."""
    for layer in layers:
        for side in (layer.lora_A, layer.lora_B):
            for name, factor in side.items():
                if names is None or name in names:
                    yield from factor.parameters()
