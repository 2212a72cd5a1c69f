"""The identity of a base model, made of what quantisation leaves alone.

Architecture, shapes, tokenizer vocabulary and the norm weights as float32: a GGUF and
a safetensors folder of one model agree, a fine-tune of it does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.safetensors_file import read_tensor_bytes
from vortex_tui.errors import ModelError

_SHAPE_KEYS = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
)
_DTYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8"}


def as_float32(raw: bytes, dtype: str) -> bytes:
    """Little-endian float32 bytes of a tensor stored as F32, F16, F64 or BF16. Raises ModelError."""
    if dtype == "BF16":
        # bfloat16 is the upper half of a float32.
        halves: np.ndarray[Any, np.dtype[np.uint16]] = np.frombuffer(raw, np.dtype("<u2"))
        return (halves.astype(np.uint32) << 16).astype("<u4").tobytes()
    if dtype not in _DTYPES:
        raise ModelError("a norm weight of an unknown type", found=dtype, expected="F32, F16 or BF16")
    values: np.ndarray[Any, np.dtype[np.floating[Any]]] = np.frombuffer(raw, np.dtype(_DTYPES[dtype]))
    return values.astype("<f4").tobytes()


def _norms_digest(folder: ModelFolder) -> str:
    digest = hashlib.sha256()
    located = {
        name: (file, header)
        for file, header in folder.headers.items()
        for name in header.tensors
        if name.endswith("norm.weight")
    }
    if not located:
        raise ModelError(
            f"{folder.path} has no identity an expert could be held against",
            found="no norm weights",
            expected="a model whose norms are named *norm.weight, as Llama, Qwen, Mistral and Gemma do",
        )
    for name in sorted(located):
        file, header = located[name]
        digest.update(as_float32(read_tensor_bytes(file, header, name), header.tensors[name].dtype))
    return digest.hexdigest()


def combine(architecture: str, shapes: Mapping[str, int], vocabulary: Mapping[str, int], norms: str) -> str:
    """SHA-256 (hex) of the four parts, whatever file format they came from."""
    tokens = sorted(vocabulary.items(), key=lambda item: (item[1], item[0]))
    parts = [architecture, sorted(shapes.items()), tokens, norms]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _shapes(config: Mapping[str, Any]) -> dict[str, int]:
    heads = config.get("num_attention_heads", 0)
    return {key: int(config.get(key) or heads) for key in _SHAPE_KEYS}


def _vocabulary(folder: Path) -> dict[str, int]:
    file = folder / "tokenizer.json"
    try:
        data = json.loads(file.read_bytes())
        vocabulary = dict(data["model"]["vocab"])
        return vocabulary | {token["content"]: token["id"] for token in data["added_tokens"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file} is not a tokenizer",
            found=str(error),
            expected="the tokenizer.json of the model",
            mend="copy the model's folder whole",
        ) from error


def of_folder(folder: ModelFolder) -> str:
    """The fingerprint of a safetensors folder. Raises ModelError."""
    config = folder.config
    return combine(
        str(config.get("model_type", "")),
        _shapes(config),
        _vocabulary(folder.path),
        _norms_digest(folder),
    )
