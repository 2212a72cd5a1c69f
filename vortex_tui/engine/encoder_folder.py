"""A folder of a sentence-transformers model, judged by its files alone before any library opens it.

``modules.json`` names Python classes and the library imports what it names; a closed list of
classes, weights in safetensors and no code of the folder's own are what is let through.
Format: https://sbert.net (``modules.json``, one folder a module).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from vortex_tui.engine.safetensors_file import read_header
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

NO_FOLDER = ("base", "lexical")
MAX_TOKENS = 512
_MODULES, _WEIGHTS = "modules.json", "model.safetensors"
_INDEX = f"{_WEIGHTS}.index.json"
# Only these: the library would import any name below its own, modules it has imported itself included.
_CLASS = re.compile(r"sentence_transformers\.(?:\w+\.)*(Transformer|Pooling|Normalize|Dense)")
_WITH_WEIGHTS = ("Transformer", "Dense")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
# Configuration, vocabularies and weights; a readme or a picture changes no vector.
_DECIDING = (".json", ".txt", ".model", ".safetensors")
_ADAPTER = "adapter_config.json"
# In a configuration: code of its own, and arguments of loading, such as kernels from a server.
_REFUSED_KEYS = ("auto_map", "model_args", "model_kwargs", "config_args", "config_kwargs")


@dataclass(frozen=True, slots=True)
class EncoderFolder:
    """A folder that may be opened; ``parts`` are itself and the folders of its modules."""

    path: Path
    parts: tuple[Path, ...]

    @property
    def files(self) -> list[Path]:
        """The files that decide its vectors, by path. Raises ModelError when they cannot be listed."""
        return _deciding(self.parts)

    def identity(self) -> str:
        """SHA-256 (hex) over the names and contents of the files that decide its vectors.

        Raises ModelError for a file that cannot be read.
        """
        whole = hashlib.sha256(f"sentence-transformers 1, {MAX_TOKENS} tokens\0".encode())
        for file in self.files:
            name = file.relative_to(self.path).as_posix()
            whole.update(f"{name}\0{_digest(file)}\0".encode())
        return whole.hexdigest()


def _deciding(parts: tuple[Path, ...]) -> list[Path]:
    try:
        found = {file for part in parts for file in part.iterdir() if file.suffix in _DECIDING}
    except OSError as error:
        told = error.strerror or str(error)
        raise _refuse(parts[0], "it cannot be listed", told, "a readable folder") from error
    return sorted(file for file in found if file.is_file())


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _refuse(file, "it cannot be read", error.strerror or str(error), "a readable file") from error


def _refuse(folder: Path, what: str, found: str, expected: str, mend: str = "") -> ModelError:
    return ModelError(
        f"the encoder {one_line(str(folder))} is refused: {what}",
        found=one_line(found)[:300],
        expected=expected,
        mend=mend or "copy the model's folder whole, or set experts.router.encoder to base",
    )


def locate(name: str) -> Path:
    """The folder that a profile names: absolute, below ~ or below where we run. Raises ModelError."""
    # A home that is not known stays in the path, which then is no folder.
    folder = Path(os.path.expanduser(name))  # noqa: PTH111
    try:
        there = folder.is_dir()
    except (OSError, ValueError):  # a name no file can have
        there = False
    if there:
        return folder.resolve()
    raise ModelError(
        f"there is no encoder {one_line(name)[:200]!r}",
        found=f"no folder {one_line(str(folder.absolute()))[:300]}",
        expected="base, lexical, or the folder of a sentence-transformers model",
        mend="set experts.router.encoder",
    )


def inspect(folder: Path) -> EncoderFolder:
    """Check a folder by its configuration and its headers alone. Raises ModelError."""
    parts = [folder]
    for kind, path in _modules(folder):
        part = folder.joinpath(*path.parts)
        _check_inside(folder, part)
        if kind in _WITH_WEIGHTS:
            _check_weights(folder, part)
        if part.is_dir() and part not in parts:  # one that only normalises may have none
            parts.append(part)
    _check_code(folder, tuple(parts))
    return EncoderFolder(folder, tuple(parts))


def _modules(folder: Path) -> Iterator[tuple[str, PurePosixPath]]:
    """Class and folder of each module that ``modules.json`` names."""
    listed = _json(folder, folder / _MODULES)
    if not isinstance(listed, list) or not listed:
        raise _refuse(folder, f"{_MODULES} lists no modules", type(listed).__name__, "a list of modules")
    for each in listed:
        kind = each.get("type") if isinstance(each, dict) else None
        path = each.get("path") if isinstance(each, dict) else None
        if not isinstance(kind, str) or not isinstance(path, str):
            raise _refuse(folder, f"{_MODULES} is not understood", str(each), "modules with type and path")
        match = _CLASS.fullmatch(kind)
        if match is None:
            expected = "Transformer, Pooling, Dense and Normalize of sentence_transformers"
            raise _refuse(folder, "it names code that is not the library's own", kind, expected)
        yield match[1], PurePosixPath(path)


def _json(folder: Path, file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        told = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise _refuse(
            folder, f"{file.name} cannot be read", told or str(error), "a sentence-transformers folder"
        ) from error


def _check_inside(folder: Path, part: Path) -> None:
    """A module's folder is the folder itself or one below it; a link may lead a file elsewhere."""
    if ".." in part.parts or not part.is_relative_to(folder):
        raise _refuse(folder, "a module lies outside of it", str(part), "folders below the encoder's own")


def _check_weights(folder: Path, part: Path) -> None:
    """Weights in whole safetensors files; a pickle can run code and is never loaded."""
    files = _shards(folder, part) if (part / _INDEX).is_file() else [part / _WEIGHTS]
    for file in files:
        if file.is_file():
            read_header(file)
            continue
        pickles = sorted(each.name for pattern in _PICKLES for each in part.glob(pattern))
        found = f"pickled weights {', '.join(pickles)}" if pickles else f"no {file.name}"
        where = part.relative_to(folder).as_posix()
        raise _refuse(
            folder,
            "it has no safetensors weights" + (f" in {one_line(where)}" if where != "." else ""),
            found,
            f"{file.name}; a pickle can run code and is never loaded",
            "convert the weights to safetensors first",
        )


def _shards(folder: Path, part: Path) -> list[Path]:
    index = _json(folder, part / _INDEX)
    named = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(named, dict) or not all(
        isinstance(each, str) and PurePosixPath(each).name == each for each in named.values()
    ):
        raise _refuse(folder, f"{_INDEX} is not a shard index", str(type(named).__name__), "a weight_map")
    return [part / name for name in sorted(set(named.values()))]


def _check_code(folder: Path, parts: tuple[Path, ...]) -> None:
    """No code of its own, and no adapter: transformers would load one unasked, a pickle included."""
    for file in _deciding(parts):
        if file.name == _ADAPTER:
            raise _refuse(folder, "it has an adapter among its files", file.name, "a whole model")
        if not file.name.endswith("config.json"):
            continue
        content = _json(folder, file)
        used = [key for key in _REFUSED_KEYS if isinstance(content, dict) and content.get(key)]
        if used:
            raise _refuse(
                folder,
                "it wants code of its own or a way of its own to be loaded",
                f"{', '.join(used)} in {file.name}",
                "a model that transformers knows by itself",
            )
