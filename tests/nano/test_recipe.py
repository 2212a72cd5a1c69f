"""The whole recipe, at a few steps a stage: what it writes is whole, loads, says what it is, and resumes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.errors import ModelError, StorageError
from vortex_tui.experts import bank
from vortex_tui.nano import evaluation_set, files, stdlib, workplace
from vortex_tui.nano.tasks import DOMAINS
from vortex_tui.nano.workplace import Workplace

RECIPE = [sys.executable, "-m", "vortex_tui.nano", "--steps-scale", "0.001", "--count", "2"]


def check_whole(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_text("utf-8"))
    base = fingerprint.of_folder(model_folder.inspect(folder / "base"))
    entries = bank.scan(base, [folder / "experts"])
    assert index["base_fingerprint"] == base
    assert index["files"] == files.digests(folder)
    assert {entry.folder.parent.name for entry in entries} <= set(DOMAINS)
    assert [bank.verify(entry) for entry in entries] == [""] * len(entries)


def check_release(folder: Path) -> None:
    check_whole(folder)
    assert {path.name for path in (folder / "experts").iterdir()} == set(DOMAINS)
    base = fingerprint.of_folder(model_folder.inspect(folder / "base"))
    assert [bank.verify(entry) for entry in bank.scan(base, [folder / "control"])] == [""]
    assert all(evaluation_set.read(folder / "evaluation", split) for split in ("test", "router", "gate"))


def test_the_shipped_nano_is_whole() -> None:
    check_release(paths.nano())


def test_the_shipped_nano_is_small() -> None:
    sizes = {path: path.stat().st_size for path in paths.nano().rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= 40 * 1000 * 1000
    assert sizes[paths.nano() / "base" / "model.safetensors"] < 16 * 1000 * 1000


@pytest.mark.slow
def test_the_recipe_is_refused_twice_at_once_survives_a_kill_and_ends_whole(tmp_path: Path) -> None:
    out = tmp_path / "nano"
    command = [*RECIPE, "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as first:
        drilled = tmp_path / ".nano.building" / "checkpoints" / "drill.pt"
        deadline = time.monotonic() + 600
        while not drilled.exists() and time.monotonic() < deadline and first.poll() is None:
            time.sleep(0.2)
        second = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        first.kill()
    assert second.returncode == 1
    assert "another run is building" in second.stderr
    assert not out.exists()
    made = subprocess.run(command, check=False, capture_output=True, text=True, timeout=1800)
    assert made.returncode == 0, made.stderr[-2000:]
    assert "drill: 2/2" not in made.stderr  # done before the kill
    check_release(out)
    assert [child.name for child in tmp_path.iterdir()] == ["nano"]


@pytest.mark.parametrize("damage", ["no index", "other weights", "index of half a file"])
def test_a_half_made_nano_is_not_used(tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "nano"
    (copy / "base").mkdir(parents=True)
    shutil.copy(paths.nano() / "index.json", copy)
    shutil.copy(paths.nano() / "base" / "model.safetensors", copy / "base")
    monkeypatch.setattr(paths, "nano", lambda: copy)
    assert model_folder.locate("nano") == copy / "base"
    if damage == "no index":
        (copy / "index.json").unlink()
    elif damage == "other weights":
        weights = copy / "base" / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    else:
        (copy / "index.json").write_text('{"schema": 1, "files"', "utf-8")
    with pytest.raises(ModelError, match="half made") as caught:
        model_folder.locate("nano")
    assert "data/nano" in caught.value.mend


def test_a_full_disk_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workplace, "_SPACE", shutil.disk_usage(tmp_path).total * 2)
    with pytest.raises(StorageError, match="not enough room"), Workplace(tmp_path / "nano"):
        pass
    monkeypatch.undo()
    with Workplace(tmp_path / "nano") as work:  # the lock is free again
        assert work.data.is_dir()


def test_what_stands_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "nano"
    out.mkdir()
    (out / "old").write_text("old", "utf-8")

    def fail_halfway() -> None:
        with Workplace(out) as work:
            (work.data / "new").write_text("new", "utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert [p.name for p in out.iterdir()] == ["old"]
    assert (tmp_path / ".nano.building" / "checkpoints").is_dir()


def test_a_python_without_its_documentation_topics_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data", None)
    with pytest.raises(StorageError, match=r"pydoc_data\.topics") as caught:
        stdlib.topics()
    assert sys.version.split()[0] in caught.value.found


def test_a_python_without_the_held_out_packages_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdlib, "HELD_OUT", ("no_such_package",))
    with pytest.raises(StorageError, match="no_such_package"):
        stdlib.held_out_files()
