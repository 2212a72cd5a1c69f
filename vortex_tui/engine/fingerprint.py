"""The identity of a base model, made of what quantisation leaves alone.

Architecture, shapes, tokenizer vocabulary and the norm weights as float32: a GGUF and
a safetensors folder of one model agree, a fine-tune of it does not. Where llama.cpp's
converter says something otherwise than transformers (the architecture's name, Gemma's
norms, spaces in tokens), its way is the common one, because it can be reached from both.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.safetensors_file import read_tensor_bytes
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf import architecture, reader
from vortex_tui.gguf.header import Header

_SHAPE_KEYS = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
)
_GGUF_SHAPES = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
}
_TOKENS, _TOKEN_TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
_UNUSED = 5
_SPACE_MARK = "\u2581"
# A model with eyes keeps its language model one level down, by one of two names.
_INNER_MODEL = re.compile(r"^(?:model\.language_model|language_model\.model)\.")
_EYES = re.compile(r"(?:^|\.)(?:vision_|visual\.|multi_modal_projector\.)")
_BLOCK_NORM = re.compile(r"^blk\.(?P<block>\d+)\.(?P<norm>\w+)\.weight$")
_DTYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8"}


def as_float32(raw: bytes, dtype: str) -> bytes:
    """Little-endian float32 bytes of a tensor stored as F32, F16, F64 or BF16. Raises ModelError."""
    if dtype == "BF16":
        # bfloat16 is the upper half of a float32.
        halves: np.ndarray[Any, np.dtype[np.uint16]] = np.frombuffer(raw, np.dtype("<u2"))
        return (halves.astype(np.uint32) << 16).astype("<u4").tobytes()
    if dtype not in _DTYPES:
        raise ModelError(
            "a norm weight of an unknown type",
            found=dtype,
            expected="F32, F16 or BF16",
            mend="convert the model again, its norms left unquantised",
        )
    values: np.ndarray[Any, np.dtype[np.floating[Any]]] = np.frombuffer(raw, np.dtype(_DTYPES[dtype]))
    return values.astype("<f4").tobytes()


def _common_name(name: str) -> str | None:
    """A norm's name as a text model has it; None for what is no norm, or a norm of a model's eyes."""
    if not name.endswith("norm.weight") or _EYES.search(name):
        return None
    return _INNER_MODEL.sub("model.", name)


def _norms_digest(norms: Mapping[str, bytes], where: Path) -> str:
    """SHA-256 (hex) over float32 norms in the order of their transformers names."""
    if not norms:
        raise ModelError(
            f"{one_line(str(where))} has no identity an expert could be held against",
            found="no norm weights",
            expected="a model whose norms are named *norm.weight, as Llama, Qwen, Mistral and Gemma do",
            mend="choose another model, or copy this one again",
        )
    digest = hashlib.sha256()
    for name in sorted(norms):
        digest.update(norms[name])
    return digest.hexdigest()


def _norms_of_folder(folder: ModelFolder, offset: float) -> dict[str, bytes]:
    norms: dict[str, bytes] = {}
    for file, found in folder.headers.items():
        for name, entry in found.tensors.items():
            if (common := _common_name(name)) is not None:
                norms[common] = _shifted(
                    as_float32(read_tensor_bytes(file, found, name), entry.dtype), offset
                )
    return norms


def _shifted(raw: bytes, offset: float) -> bytes:
    """Float32 values plus ``offset``, added in float32 as llama.cpp's converter does."""
    if offset == 0.0:
        return raw
    return (np.frombuffer(raw, np.dtype("<f4")) + np.float32(offset)).astype("<f4").tobytes()


def combine(name: str, shapes: Mapping[str, int], vocabulary: Mapping[int, str], norms: str) -> str:
    """SHA-256 (hex) of the four parts, whatever file format they came from."""
    # Both ways to write a space occur in one model's two files.
    tokens = [(token.replace(_SPACE_MARK, " "), id) for id, token in sorted(vocabulary.items())]
    parts = [name, sorted(shapes.items()), tokens, norms]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _shapes(config: Mapping[str, Any]) -> dict[str, int]:
    heads = config.get("num_attention_heads") or 0
    return {key: int(config.get(key) or heads) for key in _SHAPE_KEYS}


def _vocabulary(folder: Path) -> dict[int, str]:
    file = folder / "tokenizer.json"
    try:
        data = json.loads(file.read_bytes())
        vocabulary = {int(id): str(token) for token, id in data["model"]["vocab"].items()}
        return vocabulary | {int(token["id"]): str(token["content"]) for token in data["added_tokens"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{file} is not a tokenizer",
            found=str(error),
            expected="the tokenizer.json of the model",
            mend="copy the model's folder whole",
        ) from error


def of_folder(folder: ModelFolder) -> str:
    """The fingerprint of a safetensors folder. Raises ModelError."""
    text = folder.config.get("text_config")
    config = {**folder.config, **text} if isinstance(text, dict) else folder.config
    name = architecture.canonical(str(config.get("model_type", "")))
    known = architecture.BY_NAME.get(name)
    norms = _norms_of_folder(folder, known.norm_offset if known else 0.0)
    return combine(name, _shapes(config), _vocabulary(folder.path), _norms_digest(norms, folder.path))


def of_gguf(file: Path) -> str:
    """The fingerprint of a GGUF: that of the folder it was made from.

    A model of an architecture whose names are not known here has an identity too, but not that of its
    folder: it runs, and no expert claims to fit it. Raises ModelError.
    """
    found = reader.read(file, frozenset({_TOKENS, _TOKEN_TYPES}))
    if found.parts > 1:
        raise ModelError(
            f"{one_line(str(file))} is one part of a model",
            found=f"{found.parts} parts",
            expected="a model in one file, whose experts can be told from those of others",
            mend="join the parts with llama.cpp's llama-gguf-split --merge",
        )
    shapes = _shapes({key: found.size(theirs) for key, theirs in _GGUF_SHAPES.items()})
    return combine(
        found.architecture,
        shapes,
        _vocabulary_of_gguf(found),
        _norms_digest(_norms_of_gguf(file, found), file),
    )


def _vocabulary_of_gguf(found: Header) -> dict[int, str]:
    tokens, types = found.strings(_TOKENS), found.numbers(_TOKEN_TYPES)
    # llama.cpp's converter fills the vocabulary up to the embeddings' size.
    filler = {id for id, kind in enumerate(types) if kind == _UNUSED}
    return {id: token for id, token in enumerate(tokens) if not (id in filler and token == f"[PAD{id}]")}


def _norms_of_gguf(file: Path, found: Header) -> dict[str, bytes]:
    known = architecture.BY_NAME.get(found.architecture)
    names = known.norms if known else {}
    norms: dict[str, bytes] = {}
    for name, tensor in found.tensors.items():
        if name.endswith("norm.weight"):
            norms[_folder_name(name, names)] = as_float32(reader.read_tensor(file, tensor), tensor.type_name)
    return norms


def _folder_name(name: str, names: Mapping[str, str]) -> str:
    """What transformers calls a GGUF's norm; the name itself when that is not known."""
    if name == "output_norm.weight":
        return "model.norm.weight"
    match = _BLOCK_NORM.match(name)
    if match is None or match["norm"] not in names:
        return name
    return f"model.layers.{match['block']}.{names[match['norm']]}.weight"
