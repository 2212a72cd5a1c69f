"""Random adapters as PEFT itself saves them, for small random models of any architecture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from vortex_tui.experts import adapter, manifest
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.manifest import ExpertManifest

ANY_BASE = "0" * 64
SEVEN = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def model(config: PretrainedConfig, seed: int = 0) -> PreTrainedModel:
    """A random model in float32."""
    torch.manual_seed(seed)
    return AutoModelForCausalLM.from_config(config).float().eval()


def save(base: PreTrainedModel, folder: Path, *, seed: int = 1, **lora: Any) -> Path:
    """Train nothing, save a random adapter of ``base``; ``base`` itself is left without it."""
    torch.manual_seed(seed)
    wrapped = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **lora))
    with torch.no_grad():
        for name, parameter in wrapped.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn_like(parameter) * 0.1)
    wrapped.save_pretrained(folder / manifest.ADAPTER)
    wrapped.unload()
    return folder


def describe(folder: Path, **changes: Any) -> ExpertManifest:
    """Write the manifest of the adapter in ``folder``."""
    import json

    config = (folder / manifest.ADAPTER / manifest.CONFIG_FILE).read_bytes()
    weights = (folder / manifest.ADAPTER / manifest.WEIGHTS_FILE).read_bytes()
    said = json.loads(config)
    fields: dict[str, Any] = {
        "domain": "sums",
        "run_id": "run-1",
        "content_hash": manifest.content_hash(config, weights),
        "base_fingerprint": ANY_BASE,
        "rank": said["r"],
        "alpha": said["lora_alpha"],
        "target_modules": tuple(sorted(said["target_modules"])),
    }
    made = ExpertManifest(**(fields | changes))
    manifest.save(made, folder)
    return made


def make(base: PreTrainedModel, folder: Path, **lora: Any) -> Adapter:
    """A saved adapter, read back as the converter receives it."""
    save(base, folder, **lora)
    return adapter.read(describe(folder), folder, patterns=True)
