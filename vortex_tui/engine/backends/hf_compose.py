"""A mix as one PEFT adapter: factors concatenated, so that a layer multiplies once instead of k times.

Σ wᵢ·sᵢ·BᵢAᵢ = [w₁s₁B₁ w₂s₂B₂ …][A₁; A₂; …]. PEFT's own ``add_weighted_adapter`` does the same, but it
multiplies by whatever scaling is set at the moment, takes rsLoRA's scale over, and stores float32.
"""

from __future__ import annotations

import torch
from peft.tuners.lora import LoraLayer

from vortex_tui.experts.mix import Mix

Factors = dict[str, torch.Tensor]


def _scale(layer: LoraLayer, name: str) -> float:
    """What PEFT multiplies B·A by at weight 1, whatever the weight is now."""
    now = layer.scaling[name]
    layer.set_scale(name, 1.0)
    scale, layer.scaling[name] = float(layer.scaling[name]), now
    return scale


def _pair(layer: LoraLayer, mix: Mix, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A (rank, inputs) and B (outputs, rank) of one layer; zeros where an expert leaves it alone."""
    parts = [part for part in mix.parts if part.content_hash in layer.lora_A]
    a = torch.cat([layer.lora_A[part.content_hash].weight for part in parts])
    b = torch.cat(
        [
            layer.lora_B[part.content_hash].weight * (part.weight * _scale(layer, part.content_hash))
            for part in parts
        ],
        dim=1,
    )
    missing = rank - a.shape[0]
    return torch.nn.functional.pad(a, (0, 0, 0, missing)), torch.nn.functional.pad(b, (0, missing))


@torch.inference_mode()
def stacked(layers: dict[str, LoraLayer], mix: Mix) -> tuple[int, Factors]:
    """Rank and PEFT's tensors of the one adapter that is this mix, for layers by module name."""
    touched = {
        name: layer
        for name, layer in layers.items()
        if any(part.content_hash in layer.lora_A for part in mix.parts)
    }
    rank = max(
        sum(layer.r[part.content_hash] for part in mix.parts if part.content_hash in layer.r)
        for layer in touched.values()
    )
    tensors: Factors = {}
    for name, layer in touched.items():
        a, b = _pair(layer, mix, rank)
        tensors[f"base_model.model.{name}.lora_A.weight"] = a
        tensors[f"base_model.model.{name}.lora_B.weight"] = b
    return rank, tensors
