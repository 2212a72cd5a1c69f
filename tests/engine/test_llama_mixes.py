"""A composed mix whose file is no use: the mix is worn in parts, and the answer is the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.engine.test_llama_kv import CELLS, QUESTIONS, answer, mixed
from tests.support import raw_gguf
from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends.llama.backend import LlamaBackend, Settings
from vortex_tui.engine.protocol import ChatMessage
from vortex_tui.experts import adapter, bank
from vortex_tui.experts.mix import Mix
from vortex_tui.gguf import convert, geometry

__all__ = ["mixed"]
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def of_another_shape(file: Path) -> None:
    file.write_bytes(raw_gguf.adapter())


def of_another_kind(file: Path) -> None:
    raw_gguf.write(file)


def opened(data: Path, damage: Callable[[Path], None]) -> LlamaBackend:
    """Nano's GGUF with three of its experts; whatever is composed is damaged afterwards."""
    folder = model_folder.inspect(model_folder.locate("nano"))

    def converted(of: adapter.Adapter) -> Path:
        return convert.expert(of, geometry.of_config(folder.config), data).path

    def composed(mix_hash: str, parts: Sequence[tuple[Path, float]]) -> Path:
        file = convert.mix(mix_hash, parts, "nano", data).path
        damage(file)
        return file

    settings, file = Settings(CELLS, "f16", 8), convert.base(folder, data).path
    backend = LlamaBackend(file, settings, converted, composed, lambda _stage, _done: None)
    for entry in bank.scan(fingerprint.of_folder(folder), [paths.nano() / "experts"])[:3]:
        assert entry.manifest is not None
        backend.attach(adapter.read(entry.manifest, entry.folder))
    return backend


@pytest.mark.parametrize("damage", [cut, of_another_shape, of_another_kind])
def test_a_damaged_composed_mix_stays_in_parts(
    damage: Callable[[Path], None], tmp_path: Path, mixed: list[Mix], caplog: pytest.LogCaptureFixture
) -> None:
    backend = opened(tmp_path, damage)
    prompt = backend.encode_chat((ChatMessage(role="user", content=QUESTIONS[0]),))
    first = answer(backend, prompt, mixed[3])
    deadline = time.monotonic() + 60
    while "was refused" not in caplog.text and time.monotonic() < deadline:
        assert answer(backend, prompt, mixed[3]) == first
    assert "does not fit" in caplog.text
    assert backend._mixes.form(mixed[3]).key == mixed[3].hash
    assert answer(backend, prompt, mixed[3]) == first
    backend.close()
