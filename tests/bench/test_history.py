"""What every bench leaves behind: the profile's last report and a line of history."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from tests.support.benches import bench, past
from vortex_tui.bench import history, kept
from vortex_tui.bench.history import History
from vortex_tui.errors import StorageError


def test_a_bench_is_kept_as_the_last_of_its_profile_and_as_a_line(tmp_path: Path) -> None:
    found = kept.keep(tmp_path, bench())
    assert kept.last(tmp_path, "nano", mock=False) == bench().report
    assert json.loads((tmp_path / "bench/last_nano.json").read_text()) == bench().report.to_json()
    (line,) = (tmp_path / "bench/history.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert told["schema"] == 1
    assert told["created"] == bench().report.created
    assert (told["key"]["profile"], told["key"]["mock"]) == ("nano", False)
    assert told["tokens_per_sec"] == {"median": 100.0, "low": 90.0, "high": 110.0}
    assert found.key_of(bench().report) == bench().entry.key
    assert found.words() == ""


def test_a_mocks_report_is_another_file_and_never_the_profiles_own(tmp_path: Path) -> None:
    kept.keep(tmp_path, bench(mock=True))
    assert (tmp_path / "bench/last_nano_mock.json").is_file()
    assert kept.last(tmp_path, "nano", mock=False) is None
    assert kept.last(tmp_path, "nano", mock=True) is not None
    # A profile of its own whose name is that of the mock's file.
    assert kept.last(tmp_path, "nano_mock", mock=False) is None


def test_a_newer_report_replaces_the_older_and_history_has_both(tmp_path: Path) -> None:
    kept.keep(tmp_path, bench())
    found = kept.keep(tmp_path, bench((50.0, 60.0)))
    last = kept.last(tmp_path, "nano", mock=False)
    assert last is not None
    assert last.spread["tokens_per_sec"].values == (50.0, 60.0)
    assert len(found.benches) == 2


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b"\xff", b'{"schema": 2}'])
def test_a_damaged_last_report_is_told_and_the_next_bench_replaces_it(tmp_path: Path, damaged: bytes) -> None:
    file = kept.path_in(tmp_path, "nano", mock=False)
    file.parent.mkdir()
    file.write_bytes(damaged)
    with pytest.raises(StorageError, match="run the bench again"):
        kept.last(tmp_path, "nano", mock=False)
    kept.keep(tmp_path, bench())
    assert kept.last(tmp_path, "nano", mock=False) is not None


def test_lines_come_back_in_their_order_and_only_the_newest_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_LINES", 3)
    file = history.path_in(tmp_path)
    assert history.read(file) == History()
    for number in range(5):
        history.append(file, past(number))
    assert history.read(file) == History(tuple(past(number) for number in (2, 3, 4)))


def test_only_benches_of_one_key_are_alike() -> None:
    found = History((past(0), past(1, host="b" * 16), past(2, mock=True), past(3, rate=50.0)))
    assert found.alike(past().key) == (past(0), past(3, rate=50.0))


@pytest.mark.parametrize(
    "damaged",
    [b"{", b"\xff\xfe", b"null", b'{"schema": 9}', b"[" * 10_000,
     b'{"schema": 1, "created": "x", "tokens_per_sec": {"median": 0, "low": null, "high": null}}'],
)  # fmt: skip
def test_damaged_lines_are_passed_over_said_and_left_where_they_are(tmp_path: Path, damaged: bytes) -> None:
    file = history.path_in(tmp_path)
    history.append(file, past(0))
    with file.open("ab") as lines:
        lines.write(damaged + b"\n\n")
    history.append(file, past(1))
    found = history.read(file)
    assert found == History((past(0), past(1)), damaged=1)
    assert found.words() == "1 damaged line of the history passed over"
    assert damaged in file.read_bytes()


def test_of_an_endless_file_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = history.path_in(tmp_path)
    history.append(file, past(0))
    monkeypatch.setattr(history, "_MOST_BYTES", 2 * file.stat().st_size)
    with file.open("ab") as lines:
        lines.write(b"x" * 10_000)
    history.append(file, past(1))
    assert history.read(file) == History((past(1),))


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    history.path_in(tmp_path).mkdir(parents=True)
    with pytest.raises(StorageError):
        history.read(history.path_in(tmp_path))
    with pytest.raises(StorageError):
        kept.keep(tmp_path, bench())


def _write(file: Path, start: int) -> None:
    for number in range(start, start + 5):
        history.append(file, past(number))


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    file, context = history.path_in(tmp_path), multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(file, start)) for start in (0, 10, 20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    found = history.read(file)
    assert len(found.benches) == 15
    assert found.damaged == 0
