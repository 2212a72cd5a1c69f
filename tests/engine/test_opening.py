"""Which backend answers: the one that is named, the GGUF that is there, or the one that is fallen back to."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_engine import answers
from tests.support import raw_gguf
from vortex_tui import paths, profile
from vortex_tui.engine import opening
from vortex_tui.engine.client import Engine
from vortex_tui.engine.opening import Opened
from vortex_tui.engine.protocol import BARE, Sampling
from vortex_tui.errors import ModelError
from vortex_tui.profile import Profile

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")


def named(file: Path | str = "", **core: Any) -> Profile:
    """Nano's profile with a GGUF beside its model, or in its place."""
    nano = profile.load("nano")
    changed = {"llama_cpp_model_path": str(file), **core}
    budget = nano.budget.model_copy(update={"ctx_tokens": 64})
    return nano.model_copy(update={"core": nano.core.model_copy(update=changed), "budget": budget})


@contextmanager
def opened(wanted: Profile, data: Path) -> Iterator[Opened]:
    found = opening.open_backend(wanted, data, lambda _stage, _done: None)
    yield found
    found.backend.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return raw_gguf.write(tmp_path / "model.gguf")


def broken(tmp_path: Path) -> str:
    """A model folder whose weights are cut short."""
    copy = tmp_path / "broken"
    shutil.copytree(paths.nano() / "base", copy)
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    return str(copy)


def test_a_gguf_that_is_there_is_preferred(file: Path, tmp_path: Path) -> None:
    with opened(named(file), tmp_path) as found:
        assert found.backend.name == "llama_cpp"
        assert found.model == str(file)
        assert not any("fell back" in note for note in found.notes)


def test_nanos_gguf_is_made_of_its_weights(tmp_path: Path) -> None:
    with opened(named(backend="llama_cpp"), tmp_path) as found:
        assert found.backend.name == "llama_cpp"
        assert (found.model, found.backend.quantization) == ("nano", "Q4_K_M")
        assert not (tmp_path / "cache" / "trials").exists(), "what was made here needs no trial"


@pytest.mark.parametrize("missing", [True, False])
def test_a_model_that_does_not_open_is_stood_in_for(missing: bool, file: Path, tmp_path: Path) -> None:
    model = "/no/such/model" if missing else broken(tmp_path)
    with opened(named(file, hf_model=model), tmp_path) as found:
        assert found.backend.name == "llama_cpp"
        assert found.notes[0].startswith("fell back to llama.cpp: ")
        assert ("not on this machine" if missing else "not a whole safetensors file") in found.notes[0]


def test_without_a_gguf_there_is_nothing_to_fall_back_to(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not on this machine"):
        opening.open_backend(named(hf_model="/no/such/model"), tmp_path, lambda _stage, _done: None)


def test_no_fallback_means_none(file: Path, tmp_path: Path) -> None:
    wanted = named(file, hf_model="/no/such/model", fallback="none")
    with pytest.raises(ModelError, match="not on this machine"):
        opening.open_backend(wanted, tmp_path, lambda _stage, _done: None)


def test_when_neither_opens_both_reasons_are_told(tmp_path: Path) -> None:
    wanted = named("/no/such/file.gguf", hf_model="/no/such/model")
    with pytest.raises(ModelError, match="neither the model nor its GGUF") as refusal:
        opening.open_backend(wanted, tmp_path, lambda _stage, _done: None)
    told = str(refusal.value)
    assert "'/no/such/model' is not on this machine" in told
    assert "/no/such/file.gguf" in told
    assert "; or " in refusal.value.mend


def test_a_broken_gguf_is_not_passed_over_in_silence(file: Path, tmp_path: Path) -> None:
    """A person who names a GGUF means it: another model that answers instead would be a surprise."""
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ModelError, match="not a whole GGUF file"):
        opening.open_backend(named(file), tmp_path, lambda _stage, _done: None)


def test_a_remote_backend_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not built in yet") as refusal:
        opening.open_backend(named(backend="remote"), tmp_path, lambda _stage, _done: None)
    assert refusal.value.mend


def test_a_missing_library_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelError, match="torch cannot be used here") as refusal:
        opening.open_backend(named(fallback="none"), tmp_path, lambda _stage, _done: None)
    assert "doctor" in refusal.value.mend


def test_nano_needs_no_torch_where_llama_cpp_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    with opened(named(), tmp_path) as found:
        assert found.backend.name == "llama_cpp"
        assert found.notes[0].startswith("fell back to llama.cpp: torch cannot be used here")


async def test_the_face_is_told_what_it_should_know(file: Path, tmp_path: Path) -> None:
    budget = {"budget": profile.load("nano").budget.model_copy(update={"ctx_tokens": 4096})}
    async with Engine(tmp_path / "data", face="test") as engine:
        ready = await engine.load(named(file, hf_model="/no/such/model").model_copy(update=budget))
        assert ready.backend == "llama_cpp"
        fallen, cut = ready.notes
        assert fallen.startswith("fell back to llama.cpp: the model '/no/such/model' is not on this machine")
        assert cut == "the model was trained for 128 tokens: the context is 128, not 4096"
        short = Sampling(temperature=0.0, max_new_tokens=4)
        assert await answers(engine, "hi", sampling=short, choice=BARE)
