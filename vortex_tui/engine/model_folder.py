"""A model folder, judged by its files' headers alone before anything is loaded."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vortex_tui import paths
from vortex_tui.engine.safetensors_file import Header, read_header
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

NANO = "nano"
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions")
_INDEX = "model.safetensors.index.json"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A safetensors model folder whose files are all there and whole."""

    path: Path
    config: dict[str, Any]
    headers: dict[Path, Header]

    @property
    def max_context(self) -> int:
        """Tokens the model was trained for, or 0 when its config does not say."""
        text = self.config.get("text_config") or {}
        found = (table.get(key) for table in (self.config, text) for key in _CONTEXT_KEYS)
        return next((int(value) for value in found if value), 0)

    @property
    def weight_bytes(self) -> int:
        """Bytes of all tensors as stored."""
        return sum(e.end - e.start for h in self.headers.values() for e in h.tensors.values())


def cache_folder() -> Path:
    """The local Hugging Face cache, as huggingface_hub itself resolves it from the environment."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE)


def _cached(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _shipped(nano: Path) -> Path:
    """The base of the shipped model; its index, written last, says that the recipe came to its end."""
    try:
        index = json.loads((nano / "index.json").read_bytes())
        expected = index["files"]["base/model.safetensors"]["sha256"]
        found = hashlib.sha256((nano / "base" / "model.safetensors").read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _half_made(nano, f"{type(error).__name__}: {error}") from error
    if found != expected:
        raise _half_made(nano, f"base/model.safetensors has SHA-256 {found[:12]}…, not {str(expected)[:12]}…")
    return nano / "base"


def _half_made(nano: Path, found: str) -> ModelError:
    return ModelError(
        f"nano in {one_line(str(nano))} is damaged or half made",
        found=one_line(found),
        expected="the shipped model with its index.json",
        mend="reinstall vortex-tui, restore data/nano from the repository, or run: python -m vortex_tui.nano",
    )


def locate(name: str) -> Path:
    """The folder of ``name``: nano, a folder, or a name in the local cache. Raises ModelError."""
    if name == NANO:
        return _shipped(paths.nano())
    # A home that is not known stays in the path, which then is no folder.
    folder = Path(os.path.expanduser(name))  # noqa: PTH111
    if folder.is_dir():
        return folder.resolve()
    if (cached := _cached(name)) is not None:
        return cached
    raise ModelError(
        f"the model {one_line(name)!r} is not on this machine",
        found=f"no folder {one_line(str(folder.absolute()))}, nothing in the cache {cache_folder()}",
        expected="a folder with config.json, tokenizer.json and *.safetensors",
        mend="set core.hf_model to the model's folder, or try nano: vortex-tui --mock",
    )


def _config(folder: Path) -> dict[str, Any]:
    file = folder / "config.json"
    try:
        config = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{one_line(str(folder))} is not a model folder",
            found=f"config.json: {error}",
            expected="a folder with config.json, tokenizer.json and *.safetensors",
            mend="set core.hf_model to the model's folder",
        ) from error
    if not isinstance(config, dict):
        raise ModelError(f"{file} is not a model's configuration", found=type(config).__name__)
    return config


def _weight_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.safetensors"))
    if files:
        return files
    pickled = sorted(file.name for pattern in _PICKLED for file in folder.glob(pattern))
    raise ModelError(
        f"{one_line(str(folder))} has no safetensors weights",
        found=f"pickled weights {one_line(', '.join(pickled))}" if pickled else "no weights",
        expected="*.safetensors; a pickle can run code and is never loaded",
        mend="convert the weights to safetensors first",
    )


def _missing_shards(folder: Path, files: list[Path]) -> list[str]:
    index = folder / _INDEX
    if not index.is_file():
        return []
    try:
        named = set(json.loads(index.read_bytes())["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(f"{index} is not a shard index", found=str(error)) from error
    return sorted(named - {file.name for file in files})


def _refuse_hidden_adapter(folder: Path) -> None:
    """transformers would load it unasked, a pickle included, and the base would not be the base."""
    if (folder / "adapter_config.json").exists():
        raise ModelError(
            f"{one_line(str(folder))} has an adapter among the base's files",
            found="adapter_config.json",
            expected="the base model alone; adapters are experts of the bank",
            mend="move adapter_config.json and adapter_model.* out of the folder",
        )


def inspect(folder: Path) -> ModelFolder:
    """Check a model folder by headers alone. Raises ModelError."""
    config = _config(folder)
    _refuse_hidden_adapter(folder)
    files = _weight_files(folder)
    if missing := _missing_shards(folder, files):
        raise ModelError(
            f"{one_line(str(folder))} lacks part of its weights",
            found=f"no {one_line(', '.join(missing))}",
            expected=f"every file that {_INDEX} names",
            mend="finish the copy or the download",
        )
    return ModelFolder(folder, config, {file: read_header(file) for file in files})
