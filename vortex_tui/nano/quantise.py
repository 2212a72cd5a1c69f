"""The base as 4-bit storage leaves it, and the real 4-bit base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from bitsandbytes import functional
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

BLOCK = 64


def load_dense(folder: Path) -> Any:
    """Load the base in float32 with every decoder matrix rounded to NF4.

    It computes what the 4-bit base computes in float32, at the speed of a dense model.
    """
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    for layer in model.model.layers:
        for module in layer.modules():
            if isinstance(module, torch.nn.Linear):
                module.weight.data = _rounded(module.weight.data)
    return model


def _rounded(weight: torch.Tensor) -> torch.Tensor:
    """Return `weight` after a trip to NF4 and back, with double quantisation."""
    packed, state = functional.quantize_4bit(
        weight.contiguous(), blocksize=BLOCK, quant_type="nf4", compress_statistics=True
    )
    rounded: torch.Tensor = functional.dequantize_4bit(packed, state)
    return rounded.to(torch.float32).reshape(weight.shape)


def load_nf4(folder: Path) -> Any:
    """Load the base in 4 bits on the CPU, as the engine does."""
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
    )
    return AutoModelForCausalLM.from_pretrained(
        folder, quantization_config=config, device_map={"": "cpu"}, dtype=torch.float32
    ).eval()
