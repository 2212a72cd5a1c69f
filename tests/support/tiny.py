"""Small random models and adapters, made in a second, with nano's real tokenizer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import safetensors.torch
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ExpertManifest

TARGETS = ("q_proj", "v_proj", "down_proj")
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def base(folder: Path, seed: int = 0, layers: int = 2) -> ModelFolder:
    """A random Llama of hidden size 64 in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=2048,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).to(torch.float16).save_pretrained(folder)
    for name in _TOKENIZER:
        if (paths.nano() / "base" / name).is_file():
            shutil.copy(paths.nano() / "base" / name, folder / name)
    return model_folder.inspect(folder)


def _factors(model: ModelFolder, rank: int, targets: Sequence[str]) -> dict[str, torch.Tensor]:
    tensors = {}
    for header in model.headers.values():
        for name, entry in header.tensors.items():
            module = name.removesuffix(".weight")
            if module.rsplit(".", 1)[-1] in targets:
                outputs, inputs = entry.shape
                prefix = f"base_model.model.{module}"
                tensors[f"{prefix}.lora_A.weight"] = torch.randn(rank, inputs) * 0.1
                tensors[f"{prefix}.lora_B.weight"] = torch.randn(outputs, rank) * 0.1
    return tensors


def expert(
    root: Path,
    model: ModelFolder,
    domain: str,
    *,
    seed: int = 1,
    rank: int = 4,
    alpha: int = 8,
    targets: Sequence[str] = TARGETS,
    exemplars: Sequence[str] = (),
) -> Path:
    """A random adapter with its manifest; returns the expert's folder."""
    torch.manual_seed(seed)
    folder = root / domain / f"run-{seed}"
    adapter = folder / manifest.ADAPTER
    adapter.mkdir(parents=True)
    weights = safetensors.torch.save(_factors(model, rank, targets))
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": alpha,
        "target_modules": list(targets),
        "bias": "none",
    }
    raw = json.dumps(config).encode()
    (adapter / manifest.CONFIG_FILE).write_bytes(raw)
    (adapter / manifest.WEIGHTS_FILE).write_bytes(weights)
    manifest.save(
        ExpertManifest(
            domain=domain,
            run_id=folder.name,
            content_hash=manifest.content_hash(raw, weights),
            base_fingerprint=fingerprint.of_folder(model),
            rank=rank,
            alpha=alpha,
            target_modules=tuple(targets),
            exemplars=tuple(exemplars),
        ),
        folder,
    )
    return folder
