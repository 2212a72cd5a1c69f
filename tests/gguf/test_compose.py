"""A mix in one file is the mix: the same answers' losses as its adapters worn side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends.llama.library import native
from vortex_tui.engine.backends.llama.reading import Reader
from vortex_tui.engine.backends.llama.weights import Weights
from vortex_tui.experts import adapter, bank
from vortex_tui.experts.adapter import Adapter
from vortex_tui.gguf import compose, convert, geometry

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")

WEIGHTS = (0.5, 0.3, 0.2)
FOLDER = model_folder.inspect(model_folder.locate("nano"))
SIZES = geometry.of_config(FOLDER.config)


@pytest.fixture(scope="module")
def adapters() -> list[Adapter]:
    found = bank.scan(fingerprint.of_folder(FOLDER), [paths.nano() / "experts"])[:3]
    return [adapter.read(entry.manifest, entry.folder) for entry in found if entry.manifest]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weights]:
    loaded = Weights(convert.base(FOLDER, tmp_path_factory.mktemp("data")).path, 0, lambda _: None)
    yield loaded
    loaded.close()


def loss(weights: Weights, worn: list[tuple[Path, float]]) -> float:
    reader = Reader(weights, 1)
    load = native().llama_adapter_lora_init
    pointers = [(load(weights.pointer, str(file).encode()), scale) for file, scale in worn]
    found = reader.loss(weights.encode("Write 37 + 58 km as", special=False), [20, 21, 22, 400], pointers)
    reader.close()
    return found


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_composed_mix_is_the_mix(
    count: int, weights: Weights, adapters: list[Adapter], tmp_path: Path
) -> None:
    files = [convert.expert(one, SIZES, tmp_path).path for one in adapters]
    parts = list(zip(files, WEIGHTS, strict=True))[:count]
    apart = loss(weights, parts)
    compose.convert(parts, tmp_path / "mix.gguf")
    compose.convert([(one, weight + 0.1) for one, weight in parts], tmp_path / "other.gguf")
    assert loss(weights, [(tmp_path / "mix.gguf", 1.0)]) == pytest.approx(apart, abs=5e-4)
    assert abs(loss(weights, [(tmp_path / "other.gguf", 1.0)]) - apart) > 2e-3  # the control
