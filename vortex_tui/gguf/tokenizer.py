"""nano's kind of tokenizer as GGUF says it: byte-level BPE that splits digits, llama.cpp's ``smollm``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5
_PLAIN_BPE = {
    "type": "BPE",
    "unk_token": None,
    "continuing_subword_prefix": None,
    "end_of_word_suffix": None,
    "byte_fallback": False,
    "ignore_merges": False,
}
_DIGITS = {"type": "Digits", "individual_digits": True}
_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Tokens by id with llama.cpp's types, merges as two pieces with a space between, special ids by role."""

    tokens: tuple[str, ...]
    types: tuple[int, ...]
    merges: tuple[str, ...]
    special: Mapping[str, int]
    chat_template: str


def read(folder: Path, size: int, config: Mapping[str, Any]) -> Tokenizer:
    """The tokenizer of a model folder with ``size`` embeddings. Raises ModelError for another kind."""
    data = _json(folder / "tokenizer.json")
    settings = _json(folder / "tokenizer_config.json")
    if (found := _difference(data)) is not None:
        raise _refusal(folder, found)
    try:
        tokens, types = _tokens(folder, data, size)
        merges = tuple(
            merge if isinstance(merge, str) else " ".join(merge) for merge in data["model"]["merges"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _refusal(folder, f"{type(error).__name__}: {error}") from error
    return Tokenizer(tokens, types, merges, _special(tokens, settings, config), _template(folder, settings))


def _json(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _refusal(file, str(error)) from error
    if not isinstance(data, dict):
        raise _refusal(file, type(data).__name__)
    return data


def _refusal(where: Path, found: str) -> ModelError:
    return ModelError(
        f"a GGUF cannot be made of {one_line(str(where))}: its tokenizer is not of nano's kind",
        found=one_line(found)[:200],
        expected="byte-level BPE over single digits",
        mend="set core.llama_cpp_model_path to a ready-made GGUF of this model",
    )


def _difference(data: Mapping[str, Any]) -> str | None:
    """What of a tokenizer.json llama.cpp's ``smollm`` would do otherwise."""
    model = data.get("model")
    if not isinstance(model, dict) or any(model.get(key) != value for key, value in _PLAIN_BPE.items()):
        return f"a model of type {model.get('type') if isinstance(model, dict) else model}"
    if data.get("normalizer") is not None:
        return "a normalizer"
    splitters = data.get("pre_tokenizer") or {}
    parts = splitters.get("pretokenizers") if isinstance(splitters, dict) else None
    if not isinstance(parts, list) or len(parts) != 2 or not (_DIGITS.items() <= parts[0].items()):
        return "a pre-tokenizer that does not split digits first"
    if not _BYTES.items() <= parts[1].items():
        return "a pre-tokenizer that is not byte-level"
    around = data.get("post_processor") or {}
    return "special tokens around every text" if around.get("special_tokens") else None


def _tokens(folder: Path, data: Mapping[str, Any], size: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    named = {int(id): token for token, id in data["model"]["vocab"].items()}
    types = dict.fromkeys(named, _NORMAL)
    for added in data.get("added_tokens") or []:
        named[added["id"]] = added["content"]
        types[added["id"]] = _CONTROL if added.get("special") else _USER_DEFINED
    if named and not 0 <= min(named) <= max(named) < size:
        raise _refusal(folder, f"the id {max(named)} where the model has {size} embeddings")
    # llama.cpp's converter fills up with these names; their ids are never produced by a text.
    tokens = tuple(named.get(id, f"[PAD{id}]") for id in range(size))
    return tokens, tuple(types.get(id, _UNUSED) for id in range(size))


def _special(
    tokens: tuple[str, ...], settings: Mapping[str, Any], config: Mapping[str, Any]
) -> dict[str, int]:
    """Ids of bos, eos and pad: by the token's text, else as the model's configuration has them."""
    ids = {token: id for id, token in enumerate(tokens)}
    found: dict[str, int] = {}
    for role in ("bos", "eos", "pad"):
        named = settings.get(f"{role}_token")
        text = named.get("content") if isinstance(named, dict) else named
        id = ids.get(text) if isinstance(text, str) else config.get(f"{role}_token_id")
        if isinstance(id, int) and 0 <= id < len(tokens):
            found[role] = id
    return found


def _template(folder: Path, settings: Mapping[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    inline = settings.get("chat_template")
    return inline if isinstance(inline, str) else ""
