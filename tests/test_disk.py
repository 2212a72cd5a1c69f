"""Room on the disk: refused before anything is written, with what was found and what mends it."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from vortex_tui import disk
from vortex_tui.errors import StorageError


def with_free(monkeypatch: pytest.MonkeyPatch, mib: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=mib * disk.MIB))


def test_what_leaves_enough_is_allowed_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_free(monkeypatch, 100)
    disk.check_room(tmp_path, 40 * disk.MIB, 60)
    with pytest.raises(StorageError) as refusal:
        disk.check_room(tmp_path, 40 * disk.MIB + 1, 60)
    assert "100 MiB free, 41 MiB to be written" in refusal.value.found
    assert "min_disk_free_mb = 60" in refusal.value.expected
    assert "--data-dir" in refusal.value.mend
    assert "nothing was written" in refusal.value.message


def test_a_folder_that_is_not_made_yet_is_judged_by_its_parent(tmp_path: Path) -> None:
    disk.check_room(tmp_path / "not" / "made", 1, 0)
    assert disk.free_bytes(tmp_path / "not" / "made") > 0


def test_a_disk_that_does_not_tell_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(shutil, "disk_usage", silent)
    with pytest.raises(StorageError, match="Input/output error"):
        disk.check_room(tmp_path, 0, 0)


def test_bytes_below_counts_every_file_once(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/x").write_bytes(bytes(10))
    (tmp_path / "y").write_bytes(bytes(5))
    assert disk.bytes_below(tmp_path) == 15
    assert disk.bytes_below(tmp_path / "no") == disk.bytes_below(tmp_path / "y") == 0


def test_a_loop_of_links_is_not_followed(tmp_path: Path) -> None:
    try:
        (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    assert disk.bytes_below(tmp_path) < 4096
