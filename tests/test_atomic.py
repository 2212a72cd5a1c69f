"""A file is the old one or the new one, whatever goes wrong between."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.command import environment
from vortex_tui import atomic
from vortex_tui.errors import StorageError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes, links and limits")


@given(st.binary(max_size=4096), st.binary(max_size=4096))
def test_the_last_content_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, first: bytes, second: bytes
) -> None:
    file = tmp_path_factory.mktemp("atomic") / "new" / "folder" / "file"
    for content in (first, second):
        atomic.write_bytes(file, content)
        assert file.read_bytes() == content
    assert [entry.name for entry in file.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace", "copymode"])
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, fault: BaseException
) -> None:
    file = tmp_path / "file"
    file.write_text("old")

    def fail(*_: object, **__: object) -> None:
        raise fault

    targets = {"fsync": (os, "fsync"), "replace": (Path, "replace"), "copymode": (atomic.shutil, "copymode")}
    monkeypatch.setattr(*targets[step], fail)
    expected = StorageError if isinstance(fault, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        atomic.write_text(file, "new")
    monkeypatch.undo()
    assert file.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    if isinstance(caught.value, StorageError):
        assert "No space left" in caught.value.found


@POSIX
def test_a_disk_that_fills_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    script = (
        "import resource, sys, pathlib\n"
        "from vortex_tui import atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    atomic.write_bytes(pathlib.Path(sys.argv[1]), bytes(100_000))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    assert done.stdout.strip() == "StorageError"
    assert file.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@POSIX
def test_a_link_stays_a_link_and_its_target_changes(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    atomic.write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


@POSIX
def test_a_file_keeps_its_mode_and_a_new_one_has_the_users(tmp_path: Path) -> None:
    kept, plain = tmp_path / "kept", tmp_path / "plain"
    kept.write_text("old")
    kept.chmod(0o640)
    plain.write_text("")
    atomic.write_text(kept, "new")
    atomic.write_text(tmp_path / "fresh", "new")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert (tmp_path / "fresh").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("name", ["x" * 300, "bad\0name"])
def test_a_name_no_file_can_have_is_refused_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="could not write"):
        atomic.write_text(tmp_path / name, "new")


def test_a_folder_in_the_way_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError):
        atomic.write_text(tmp_path / "folder", "new")


@POSIX
def test_a_loop_of_links_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StorageError):
        atomic.write_text(tmp_path / "loop", "new")
