"""A model folder is judged before anything loads."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from tests.support import tiny
from vortex_tui.engine import model_folder
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.safetensors_file import parse_header, read_header
from vortex_tui.errors import ModelError


@pytest.fixture
def base(tmp_path: Path) -> ModelFolder:
    return tiny.base(tmp_path / "model")


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as error:
        model_folder.inspect(folder)
    return str(error.value)


def test_a_whole_folder_is_described(base: ModelFolder) -> None:
    assert base.max_context == 256
    assert base.weight_bytes == sum(f.stat().st_size for f in base.headers) - sum(
        h.data_start for h in base.headers.values()
    )


def test_a_truncated_file_is_refused_with_both_sizes(base: ModelFolder) -> None:
    (file,) = base.headers
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:-10])
    assert f"{size - 10} bytes where the header names {size}" in refusal(base.path)


@pytest.mark.parametrize(
    "raw", [b"", b"1234", struct.pack("<Q", 10**12) + b"{}", struct.pack("<Q", 4) + b"nope"]
)
def test_a_file_without_a_header_is_refused(base: ModelFolder, raw: bytes) -> None:
    (file,) = base.headers
    file.write_bytes(raw)
    assert "is not a whole safetensors file" in refusal(base.path)


def test_pickled_weights_are_named_and_never_opened(base: ModelFolder) -> None:
    (file,) = base.headers
    file.rename(file.with_name("pytorch_model.bin"))
    said = refusal(base.path)
    assert "pickled weights pytorch_model.bin" in said
    assert "never loaded" in said


def test_a_missing_shard_is_named(base: ModelFolder) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (base.path / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    assert "no model-00002-of-00002.safetensors" in refusal(base.path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    assert "is not a model folder" in refusal(tmp_path)


def test_an_unknown_name_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="is not on this machine") as error:
        model_folder.locate("Nobody/No-Such-Model")
    assert str(tmp_path) in error.value.found
    assert str(model_folder.cache_folder()) in error.value.found


def test_a_hostile_name_is_shown_escaped(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as error:
        model_folder.locate(f"{tmp_path}/\x1b[31mred")
    assert "\x1b" not in str(error.value)


def test_header_and_file_agree(base: ModelFolder) -> None:
    (file,) = base.headers
    raw = file.read_bytes()
    assert parse_header(raw, len(raw), file) == read_header(file)


def test_an_adapter_among_the_bases_files_is_refused(base: ModelFolder) -> None:
    (base.path / "adapter_config.json").write_text("{}", "utf-8")
    assert "has an adapter among the base's files" in refusal(base.path)


@pytest.mark.parametrize("offsets", [[0, 10], [8, 4], [-4, 0], ["a", "b"], [0]])
def test_a_header_whose_bytes_do_not_add_up_is_refused(tmp_path: Path, offsets: list[object]) -> None:
    header = json.dumps({"t": {"dtype": "F16", "shape": [2], "data_offsets": offsets}}).encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header + b"0" * 4)
    with pytest.raises(ModelError, match="is not a whole safetensors file"):
        read_header(file)
