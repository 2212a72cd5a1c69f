"""On Windows nothing is loaded that was not prepared, or that changed since."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support import tiny
from tests.support.preparing import HOST, card, of_folder
from vortex_tui import atomic, paths
from vortex_tui.engine import model_folder, opening, prepared
from vortex_tui.engine.budget.machine import Machine
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import ModelError, StorageError
from vortex_tui.gguf import convert
from vortex_tui.preparing.run import prepare
from vortex_tui.profile import Profile, load


@pytest.fixture
def base(tmp_path: Path) -> ModelFolder:
    return tiny.base(tmp_path / "tiny")


def keep(profile: Profile, data: Path, machine: Machine = HOST) -> Path:
    return prepare(profile, data, on_machine=machine).save()


def refusal(profile: Profile, data: Path) -> ModelError:
    with pytest.raises(ModelError, match="is not prepared") as error:
        prepared.check(profile, data, "win32")
    assert error.value.mend == "vortex-tui prepare-model --profile mine"
    return error.value


def changed(profile: Profile, section: str, **values: Any) -> Profile:
    part = getattr(profile, section).model_copy(update=values)
    return profile.model_copy(update={section: part})


def test_a_prepared_profile_loads(base: ModelFolder, tmp_path: Path) -> None:
    keep(of_folder(base.path), tmp_path)
    prepared.check(of_folder(base.path), tmp_path, "win32")


def test_one_that_was_not_prepared_is_refused_on_windows_alone(base: ModelFolder, tmp_path: Path) -> None:
    assert "prepared_mine.json" in refusal(of_folder(base.path), tmp_path).found
    prepared.check(of_folder(base.path), tmp_path, "linux")


def test_the_engine_asks_before_it_opens_anything(
    base: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages: list[str] = []
    monkeypatch.setattr(prepared.check, "__defaults__", ("win32",))
    with pytest.raises(ModelError, match="is not prepared"):
        opening.open_backend(of_folder(base.path), tmp_path, lambda stage, _: stages.append(stage))
    assert stages == []


def test_the_shipped_model_needs_no_preparing(tmp_path: Path) -> None:
    prepared.check(load("nano"), tmp_path, "win32")
    prepared.check(load("rtx4080_16gb_120b_like").mocked(), tmp_path, "win32")


def test_other_settings_are_another_profile(base: ModelFolder, tmp_path: Path) -> None:
    profile = of_folder(base.path)
    keep(profile, tmp_path)
    for other in (
        changed(profile, "budget", ctx_tokens=64),
        changed(profile, "core", hf_quantization="none"),
    ):
        assert "core or budget changed" in refusal(other, tmp_path).found
    prepared.check(changed(profile, "core", system_prompt="Be brief."), tmp_path, "win32")
    prepared.check(changed(profile, "decode", temperature=0.1), tmp_path, "win32")


def test_a_small_file_that_changed_within_its_size_and_time_is_noticed(
    base: ModelFolder, tmp_path: Path
) -> None:
    keep(of_folder(base.path), tmp_path)
    (file,) = base.headers
    said, raw = file.stat(), bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    os.utime(file, ns=(said.st_atime_ns, said.st_mtime_ns))
    assert "model.safetensors changed since" in refusal(of_folder(base.path), tmp_path).found


def test_a_file_that_was_only_touched_is_the_same(base: ModelFolder, tmp_path: Path) -> None:
    keep(of_folder(base.path), tmp_path)
    for file in base.path.iterdir():
        os.utime(file, ns=(1, 1))
    prepared.check(of_folder(base.path), tmp_path, "win32")


def test_a_big_file_is_trusted_by_size_and_time_and_hashed_otherwise(
    base: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_SMALL_BYTES", 0)
    keep(of_folder(base.path), tmp_path)
    (file,) = base.headers
    said, raw = file.stat(), bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    os.utime(file, ns=(said.st_atime_ns, said.st_mtime_ns))
    prepared.check(of_folder(base.path), tmp_path, "win32")
    os.utime(file, ns=(said.st_atime_ns, said.st_mtime_ns + 1))
    refusal(of_folder(base.path), tmp_path)
    file.write_bytes(raw + b"0")
    refusal(of_folder(base.path), tmp_path)


@pytest.mark.parametrize("name", ["generation_config.json", "adapter_config.json"])
def test_a_file_that_came_or_went_is_noticed(base: ModelFolder, tmp_path: Path, name: str) -> None:
    keep(of_folder(base.path), tmp_path)
    file = base.path / name
    if file.exists():
        file.unlink()
    else:
        file.write_text("{}", "utf-8")
    assert name in refusal(of_folder(base.path), tmp_path).found


def test_a_gguf_that_appears_changes_the_route(base: ModelFolder, tmp_path: Path) -> None:
    file = tmp_path / "later.gguf"
    profile = of_folder(base.path, llama_cpp_model_path=str(file))
    keep(profile, tmp_path)
    prepared.check(profile, tmp_path, "win32")
    made = convert.base(model_folder.inspect(paths.nano() / "base"), tmp_path).path
    file.write_bytes(made.read_bytes())
    assert "another backend" in refusal(profile, tmp_path).found


def test_a_model_that_went_away_is_refused(base: ModelFolder, tmp_path: Path) -> None:
    keep(of_folder(base.path), tmp_path)
    base.path.rename(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="is not on this machine"):
        prepared.check(of_folder(base.path), tmp_path, "win32")


def test_an_unsafe_record_is_kept_and_refused_with_what_failed(base: ModelFolder, tmp_path: Path) -> None:
    record = keep(of_folder(base.path), tmp_path, card(512))
    assert json.loads(record.read_bytes())["safe"] is False
    assert refusal(of_folder(base.path), tmp_path).found == "no safe route: memory"


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"schema": 99}', '{"schema": 1}', '{"schema": 1, "safe": true, "files": [{}]}'],
)
def test_a_damaged_record_is_no_record(base: ModelFolder, tmp_path: Path, content: str) -> None:
    keep(of_folder(base.path), tmp_path).write_text(content, "utf-8")
    refusal(of_folder(base.path), tmp_path)


def test_damaged_rows_of_a_record_are_refused(base: ModelFolder, tmp_path: Path) -> None:
    record = keep(of_folder(base.path), tmp_path)
    said = json.loads(record.read_bytes())
    for damage in ({"files": [{}]}, {"files": 3}, {"route": "hf"}, {"route": None}):
        record.write_text(json.dumps(said | damage), "utf-8")
        refusal(of_folder(base.path), tmp_path)


def test_a_record_that_cannot_be_replaced_stays_whole(
    base: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = keep(of_folder(base.path), tmp_path)
    before = record.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(StorageError, match="could not write"):
        keep(of_folder(base.path), tmp_path, card(512))
    assert record.read_bytes() == before
    assert [file.name for file in record.parent.iterdir()] == [record.name]
