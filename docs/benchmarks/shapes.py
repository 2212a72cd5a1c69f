"""Random models in the exact shape of real ones: as headers alone, or with weights on the disk."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.budget.subject import Gguf
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.safetensors_file import Header, TensorEntry
from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.gguf import architecture, geometry
from vortex_tui.gguf import header as gguf_header
from vortex_tui.gguf.header import TensorInfo

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_F32, _Q4_K, _Q6_K = 0, 12, 14


@dataclass(frozen=True, slots=True)
class Shape:
    """The widths of a model as its ``config.json`` has them."""

    hidden: int
    feed_forward: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int = 32768
    tied: bool = False

    def config(self, kind: str) -> dict[str, Any]:
        """``kind``: qwen2, or llama, which is what our own conversion to GGUF knows."""
        return {
            "model_type": kind,
            "architectures": [{"qwen2": "Qwen2ForCausalLM", "llama": "LlamaForCausalLM"}[kind]],
            "hidden_size": self.hidden,
            "intermediate_size": self.feed_forward,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context,
            "tie_word_embeddings": self.tied,
        }


SHAPES = {
    # Qwen2.5-7B-Instruct and Qwen2.5-0.5B-Instruct, as their config.json has them.
    "7b": Shape(3584, 18944, 28, 28, 4, 152064),
    "0.5b": Shape(896, 4864, 24, 14, 2, 151936, tied=True),
}


def _model(shape: Shape, kind: str, device: str) -> Any:
    config = AutoConfig.for_model(**shape.config(kind))
    with torch.device(device):
        return AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)


def headers_only(shape: Shape, kind: str = "qwen2") -> ModelFolder:
    """A folder that is not on any disk: what its headers would say."""
    tensors = _model(shape, kind, "meta").state_dict()
    entries = {name: TensorEntry("BF16", tuple(t.shape), 0, 2 * t.numel()) for name, t in tensors.items()}
    where = Path("nowhere")
    return ModelFolder(where, shape.config(kind), {where / "model.safetensors": Header(entries, 8)})


def gguf_only(shape: Shape, file: Path) -> Gguf:
    """The header that a Q4_K_M file of this shape would have; ``file`` only stands for it."""
    folder, tensors = headers_only(shape), {}
    known = geometry.of_config(folder.config).architecture
    (header,) = folder.headers.values()
    for name, entry in header.tensors.items():
        short = name.removeprefix("model.").removesuffix(".bias")
        found = architecture.tensor_name(known, shape.layers, name) or short
        tensors[found] = TensorInfo(_type_of(found, entry.shape, shape.layers), entry.shape, 0)
    said = {
        "block_count": shape.layers, "context_length": shape.context, "embedding_length": shape.hidden,
        "feed_forward_length": shape.feed_forward, "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads,
    }  # fmt: skip
    metadata = {"general.architecture": "qwen2"} | {f"qwen2.{key}": value for key, value in said.items()}
    file.write_bytes(b"")
    return Gguf(file, gguf_header.Header(metadata, tensors))


def _type_of(name: str, shape: tuple[int, ...], layers: int) -> int:
    """llama.cpp's mixture for Q4_K_M: 6 bits for the head and for half of the layers' V and down."""
    if len(shape) != 2:
        return _F32
    if name == "output.weight":
        return _Q6_K
    sensitive = ("attn_v" in name or "ffn_down" in name) and name.startswith("blk.")
    block = int(name.split(".")[1]) if sensitive else 0
    more = block < layers // 8 or block >= 7 * layers // 8 or (block - layers // 8) % 3 == 2
    return _Q6_K if sensitive and more else _Q4_K


def write(shape: Shape, folder: Path, kind: str, device: str) -> ModelFolder:
    """Random weights in bfloat16, made on ``device``, with nano's tokenizer."""
    torch.manual_seed(0)
    model = _model(shape, kind, device).to(torch.float16 if kind == "llama" else torch.bfloat16)
    model.save_pretrained(folder, max_shard_size="100GB" if kind == "llama" else "5GB")
    for name in _TOKENIZER:
        shutil.copy(paths.nano() / "base" / name, folder / name)
    return model_folder.inspect(folder)


def write_expert(base: ModelFolder, data: Path, number: int, rank: int = 16) -> None:
    """A random adapter of that rank on all layers, in the registry of a data folder."""
    torch.manual_seed(number)
    tensors: dict[str, torch.Tensor] = {}
    for header in base.headers.values():
        for name, entry in header.tensors.items():
            module = name.removesuffix(".weight")
            if module.rpartition(".")[2] in _TARGETS and name.endswith(".weight"):
                outputs, inputs = entry.shape
                key = f"base_model.model.{module}"
                tensors[f"{key}.lora_A.weight"] = (torch.randn(rank, inputs) * 0.02).half()
                tensors[f"{key}.lora_B.weight"] = (torch.randn(outputs, rank) * 0.02).half()
    folder = data / "experts_hf" / "registry" / "experts" / f"random{number}" / "run-1"
    _save(folder, safetensors.torch.save(tensors), fingerprint.of_folder(base), rank)


def _save(folder: Path, weights: bytes, base: str, rank: int) -> None:
    config = {
        "peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank,
        "target_modules": list(_TARGETS), "bias": "none",
    }  # fmt: skip
    raw, adapter = json.dumps(config).encode(), folder / manifest.ADAPTER
    adapter.mkdir(parents=True)
    (adapter / manifest.CONFIG_FILE).write_bytes(raw)
    (adapter / manifest.WEIGHTS_FILE).write_bytes(weights)
    described = ExpertManifest(
        domain=folder.parent.name, run_id=folder.name, base_fingerprint=base, rank=rank, alpha=2 * rank,
        content_hash=manifest.content_hash(raw, weights), target_modules=_TARGETS,
        exemplars=(f"question {folder.parent.name}",),
    )  # fmt: skip
    manifest.save(described, folder)
