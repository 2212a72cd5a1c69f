"""The finished expert: two files of the adapter in 16 bits, and the manifest that says how it came to be."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from vortex_tui import __version__, atomic
from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.training.refusal import TrainingError

_LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "tokenizers")


def versions() -> dict[str, str]:
    """What a training was computed by."""
    return {"vortex-tui": __version__} | {name: version(name) for name in _LIBRARIES}


def adapter_files(checkpoint: Path, base: str) -> tuple[bytes, bytes]:
    """An adapter's configuration and its weights in 16 bits. Raises TrainingError for weights beyond them."""
    tensors = safetensors.torch.load_file(checkpoint / manifest.WEIGHTS_FILE)
    halves = {name: tensor.half().contiguous() for name, tensor in sorted(tensors.items())}
    if bad := [name for name, tensor in halves.items() if not torch.isfinite(tensor).all()]:
        raise TrainingError(
            "the trained weights are no numbers in 16 bits",
            found=bad[0],
            expected="finite weights",
            mend="lower --rate, then start anew with --fresh",
        )
    config = json.loads((checkpoint / manifest.CONFIG_FILE).read_bytes())
    # No folder of this machine; and PEFT writes a set, in any order.
    config |= {"base_model_name_or_path": base, "target_modules": sorted(config["target_modules"])}
    raw = (json.dumps(config, indent=2) + "\n").encode("utf-8")
    return raw, safetensors.torch.save(halves, {"format": "pt"})


def write(folder: Path, files: tuple[bytes, bytes], described: dict[str, Any]) -> ExpertManifest:
    """Write ``adapter/`` and ``manifest.json`` into ``folder``. Raises StorageError."""
    config, weights = files
    said = json.loads(config)
    made = ExpertManifest(
        content_hash=manifest.content_hash(config, weights),
        rank=said["r"],
        alpha=said["lora_alpha"],
        target_modules=tuple(said["target_modules"]),
        **described,
    )
    atomic.write_bytes(folder / manifest.ADAPTER / manifest.CONFIG_FILE, config)
    atomic.write_bytes(folder / manifest.ADAPTER / manifest.WEIGHTS_FILE, weights)
    manifest.save(made, folder)
    return made
