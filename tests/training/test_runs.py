"""Runs never meet: exclusive folders, one owner each, found again by what they depend on."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vortex_tui.errors import StorageError
from vortex_tui.training import runs
from vortex_tui.training.runs import Work

KEY, OTHER = runs.key_of({"data": "a"}), runs.key_of({"data": "b"})


def whole(work: Work) -> Work:
    work.whole.mkdir()
    (work.whole / "manifest.json").write_text("{}", encoding="utf-8")
    return work


def test_parallel_runs_of_one_kind_have_folders_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        works = list(pool.map(lambda _: runs.open_work(tmp_path, KEY, fresh=False), range(32)))
    assert len({work.folder for work in works}) == 32
    assert not any(work.is_resumed for work in works)
    folders = {whole(work).publish() for work in works}
    assert len(folders) == 32
    assert sorted(tmp_path.iterdir()) == sorted(folders)


def test_an_unfinished_run_is_gone_on_with_by_its_key_alone(tmp_path: Path) -> None:
    first = runs.open_work(tmp_path, KEY, fresh=False)
    first.lock.release()  # as its process's end does
    other = runs.open_work(tmp_path, OTHER, fresh=False)
    assert other.folder != first.folder
    again = runs.open_work(tmp_path, KEY, fresh=False)
    assert (again.folder, again.is_resumed) == (first.folder, True)


def test_a_run_that_somebody_works_on_is_left_alone(tmp_path: Path) -> None:
    first = runs.open_work(tmp_path, KEY, fresh=False)
    for fresh in (False, True):
        assert runs.open_work(tmp_path, KEY, fresh=fresh).folder != first.folder
    assert first.folder.is_dir()


def test_fresh_lets_go_of_what_was_unfinished(tmp_path: Path) -> None:
    first = runs.open_work(tmp_path, KEY, fresh=False)
    first.lock.release()
    assert not runs.open_work(tmp_path, KEY, fresh=True).is_resumed
    assert not first.folder.exists()


def test_a_run_killed_between_its_move_and_its_end_is_not_done_twice(tmp_path: Path) -> None:
    work = whole(runs.open_work(tmp_path, KEY, fresh=False))
    work.whole.rename(work.published)
    work.lock.release()
    assert not runs.open_work(tmp_path, KEY, fresh=False).is_resumed
    assert work.published.is_dir()
    assert not work.folder.exists()


def test_an_unfinished_run_is_hidden_from_a_bank(tmp_path: Path) -> None:
    from vortex_tui.experts import bank

    whole(runs.open_work(tmp_path / "facts", KEY, fresh=False))
    assert bank.scan(None, [tmp_path]) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything is writable here")
def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="cannot be written"):
        runs.open_work(tmp_path / "facts", KEY, fresh=False)


def test_a_file_in_the_folders_place_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "facts").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        runs.open_work(tmp_path / "facts", KEY, fresh=False)


def test_the_quarantine_is_of_the_data_folder_or_of_its_experts() -> None:
    assert runs.quarantine_of(Path("d")) == runs.quarantine_of(Path("d/experts_hf"))
