"""What the llama.cpp backend and the command line ask for: the GGUF of an expert or of a base, made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from vortex_tui import cache_folder
from vortex_tui.engine import fingerprint
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.experts.adapter import Adapter
from vortex_tui.gguf import adapter as adapters
from vortex_tui.gguf import base as bases
from vortex_tui.gguf import cache, compose
from vortex_tui.gguf.cache import Cache, Cached
from vortex_tui.gguf.geometry import Geometry

# Composed mixes on disk: bytes.
_MIX_BYTES = 4 * 1024**3
# Adapters are converted to float32.
_FLOAT_BYTES = 4


def expert(adapter: Adapter, base: Geometry, data_dir: Path) -> Cached:
    """The GGUF of a verified adapter for its base. Raises ExpertError, ModelError or StorageError."""
    key = cache.key("adapter", adapter.content_hash, adapter.manifest.base_fingerprint)
    values = sum(each.rank * (each.inputs + each.outputs) for each in adapter.modules.values())
    return Cache(data_dir).get(
        key, lambda target: adapters.convert(adapter, base, target), values * _FLOAT_BYTES
    )


def mix(mix_hash: str, parts: Sequence[tuple[Path, float]], fingerprint: str, data_dir: Path) -> Cached:
    """One adapter composed of converted ones, each with its weight. Raises ModelError or StorageError."""
    key = cache.key("mix", mix_hash, fingerprint)
    files = {file for file, _ in parts}
    return Cache(data_dir, "mixes", _MIX_BYTES).get(
        key, lambda target: compose.convert(parts, target), sum(map(_size, files)), files
    )


def base(folder: ModelFolder, data_dir: Path) -> Cached:
    """The F16 GGUF of a small Llama. Raises ModelError or StorageError."""
    bases.check(folder)
    key = cache.key("base", bases.source_hash(folder), fingerprint.of_folder(folder))
    size = sum(map(_size, [*folder.headers, folder.path / "tokenizer.json"]))
    return _held(Cache(data_dir).get(key, lambda target: bases.convert(folder, target), size))


def quantised(file: Path, kind: str, data_dir: Path, quantise: Callable[[Path], None]) -> Cached:
    """A converted base in fewer bits; ``quantise`` writes it. Raises ModelError or StorageError."""
    key = cache.key(f"base {kind}", file.stem, "")
    return _held(Cache(data_dir).get(key, quantise, _size(file), {file}))


def _held(base: Cached) -> Cached:
    """A base is mapped into memory by who loads it, and used for as long as that lives."""
    cache_folder.hold(base.path)
    return base


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0
