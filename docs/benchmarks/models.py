"""The files the benchmarks decode: nano, and a random model with a large vocabulary."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from vortex_tui import paths
from vortex_tui.engine import model_folder
from vortex_tui.engine.backends.llama.quantise import quantise
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.gguf import convert

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def _quantised(folder: ModelFolder, kind: str, target: Path) -> Path:
    quantise(convert.base(folder, target.parent).path, kind, target)
    return target


def nano_gguf(data: Path, kind: str) -> Path:
    """Nano's base as ``q8_0`` or ``q4_k_m``."""
    return _quantised(model_folder.inspect(paths.nano() / "base"), kind, data / f"nano-{kind}.gguf")


def large_gguf(data: Path) -> Path:
    """A random Llama of about 100 M parameters with a vocabulary of 150,000, as Q8_0."""
    folder = data / "large"
    torch.manual_seed(0)
    sizes = LlamaConfig(
        vocab_size=150_000,
        hidden_size=512,
        intermediate_size=1536,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=8,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(sizes).to(torch.float16).save_pretrained(folder)
    for name in _TOKENIZER:
        shutil.copy(paths.nano() / "base" / name, folder / name)
    return _quantised(model_folder.inspect(folder), "q8_0", data / "large-q8_0.gguf")
