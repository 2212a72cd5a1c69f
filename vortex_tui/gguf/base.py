"""A small base as an F16 GGUF, so that nano's weights are shipped once and run by both backends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vortex_tui.engine.fingerprint import as_float32
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.safetensors_file import Header, read_tensor_bytes
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf import geometry, tokenizer
from vortex_tui.gguf.adapter import permuted, save
from vortex_tui.gguf.architecture import tensor_name
from vortex_tui.gguf.geometry import Geometry
from vortex_tui.gguf.library import library
from vortex_tui.gguf.tokenizer import Tokenizer

_SOURCES = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_ROPE_THETA = 10_000.0
_ROPE_KEYS = frozenset({"rope_theta", "rope_type", "type"})
_RMS_EPS = 1e-6
_HEAD = "lm_head.weight"
_F16 = 1


def _refusal(folder: ModelFolder, what: str, found: str, expected: str) -> ModelError:
    return ModelError(
        f"a GGUF cannot be made of {one_line(str(folder.path))}: {what}",
        found=one_line(found)[:200],
        expected=expected,
        mend="set core.llama_cpp_model_path to a ready-made GGUF of this model",
    )


def source_hash(folder: ModelFolder) -> str:
    """SHA-256 (hex) of everything the conversion reads. Raises ModelError."""
    digest = hashlib.sha256()
    for file in [folder.path / name for name in _SOURCES] + sorted(folder.headers):
        raw = _bytes(folder, file) if file.is_file() else b""
        digest.update(hashlib.sha256(raw).digest())
    return digest.hexdigest()


def _bytes(folder: ModelFolder, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _refusal(folder, "it cannot be read", str(error), "a readable folder") from error


def check(folder: ModelFolder) -> Geometry:
    """The sizes of a folder that can be converted. Raises ModelError for every other."""
    sizes, config = geometry.of_config(folder.config), folder.config
    if config.get("model_type") != "llama":
        raise _refusal(folder, "its architecture", str(config.get("model_type")), "llama")
    if len(folder.headers) != 1:
        raise _refusal(folder, "its size", f"{len(folder.headers)} files of weights", "one")
    if config.get("hidden_act", "silu") != "silu":
        raise _refusal(folder, "its activation", str(config["hidden_act"]), "silu")
    rope = _rope(folder)
    if rope.get("rope_type", rope.get("type", "default")) != "default" or set(rope) - _ROPE_KEYS:
        raise _refusal(folder, "its rotary positions", str(rope), "rope_type default")
    return sizes


def _rope(folder: ModelFolder) -> Mapping[str, Any]:
    found = folder.config.get("rope_parameters") or folder.config.get("rope_scaling") or {}
    if not isinstance(found, dict):
        raise _refusal(folder, "its rotary positions", str(found), "a table")
    return found


def convert(folder: ModelFolder, target: Path) -> None:
    """Write the folder's model to ``target``, always in the same bytes. Raises ModelError."""
    sizes = check(folder)
    words = tokenizer.read(folder.path, _vocabulary_size(folder), folder.config)
    tensors = dict(_tensors(folder, sizes))
    gguf = library()
    writer = gguf.GGUFWriter(target, sizes.architecture.name)
    _describe(writer, folder, sizes)
    writer.add_vocab_size(len(words.tokens))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _add_tokenizer(writer, words)
    for name, values in tensors.items():
        writer.add_tensor(name, values)
    save(writer)


def _vocabulary_size(folder: ModelFolder) -> int:
    (header,) = folder.headers.values()
    embeddings = header.tensors.get("model.embed_tokens.weight")
    if embeddings is None or len(embeddings.shape) != 2:
        raise _refusal(folder, "its embeddings", str(embeddings), "model.embed_tokens.weight")
    return embeddings.shape[0]


def _describe(writer: Any, folder: ModelFolder, sizes: Geometry) -> None:
    config = folder.config
    writer.add_type("model")
    writer.add_block_count(sizes.blocks)
    writer.add_context_length(folder.max_context)
    writer.add_embedding_length(sizes.hidden)
    writer.add_feed_forward_length(sizes.feed_forward)
    writer.add_head_count(sizes.heads)
    writer.add_head_count_kv(sizes.kv_heads)
    writer.add_key_length(sizes.head_size)
    writer.add_value_length(sizes.head_size)
    writer.add_rope_dimension_count(sizes.head_size)
    writer.add_rope_freq_base(
        float(_rope(folder).get("rope_theta") or config.get("rope_theta") or _ROPE_THETA)
    )
    writer.add_layer_norm_rms_eps(float(config.get("rms_norm_eps") or _RMS_EPS))
    writer.add_file_type(_F16)


def _add_tokenizer(writer: Any, words: Tokenizer) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(list(words.tokens))
    writer.add_token_types(list(words.types))
    writer.add_token_merges(list(words.merges))
    for role, id in words.special.items():
        getattr(writer, f"add_{role}_token_id")(id)
    # The template writes every special token there is: one more in front would be one too many.
    writer.add_add_bos_token(False)
    if words.chat_template:
        writer.add_chat_template(words.chat_template)


def _tensors(folder: ModelFolder, sizes: Geometry) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    ((file, header),) = folder.headers.items()
    tied = bool(folder.config.get("tie_word_embeddings"))
    for name in sorted(header.tensors):
        # A head that is the embeddings is stored once: llama.cpp takes those when there is no head.
        if name == _HEAD and tied:
            continue
        named = tensor_name(sizes.architecture, sizes.blocks, name) if name.endswith(".weight") else None
        if named is None:
            raise _refusal(folder, "a tensor that llama.cpp has no name for", name, "a plain Llama")
        yield named, _stored(folder, sizes, name, _values(folder, file, header, name))


def _values(
    folder: ModelFolder, file: Path, header: Header, name: str
) -> np.ndarray[Any, np.dtype[np.float32]]:
    entry = header.tensors[name]
    try:
        raw = as_float32(read_tensor_bytes(file, header, name), entry.dtype)
    except ModelError as error:
        raise _refusal(folder, f"the type of {name}", entry.dtype, "F32, F16 or BF16") from error
    return np.frombuffer(raw, np.dtype("<f4")).reshape(entry.shape)


def _stored(
    folder: ModelFolder, sizes: Geometry, name: str, values: np.ndarray[Any, np.dtype[np.float32]]
) -> np.ndarray[Any, Any]:
    """Norms stay float32, as in every GGUF; matrices become float16, Q and K in llama.cpp's order of rows."""
    if values.ndim == 1:
        return values
    layer = name.removesuffix(".weight").partition(".layers.")[2].partition(".")[2]
    if layer in sizes.architecture.permuted:
        values = permuted(values, sizes.row_heads(layer))
    with np.errstate(over="ignore"):
        halves = values.astype(np.float16)
    if not np.isfinite(halves).all():
        raise _refusal(folder, f"{name} is beyond float16", "values above 65504", "smaller weights")
    return halves
