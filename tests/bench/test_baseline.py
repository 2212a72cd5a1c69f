"""The file of baselines: what is compared, what never is, and what happens to a damaged one."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from vortex_tui.bench import baseline
from vortex_tui.bench.baseline import Baselines, Entry, Key
from vortex_tui.bench.host import fingerprint, host
from vortex_tui.errors import StorageError


def key(**changes: Any) -> Key:
    same = {
        "profile": "nano", "mock": False, "host": "a" * 16, "model": "f" * 64, "backend": "hf",
        "quantization": "nf4", "device": "cpu", "headline": "routed", "prompt_tokens": 512,
        "max_new_tokens": 32, "suite": 1,
    }  # fmt: skip
    return Key(**{**same, **changes})


def entry(rate: float = 100.0, **changes: Any) -> Entry:
    rates = (rate,) * 10
    return Entry(key=key(**changes), created="2026", tokens_per_sec=rates, profile_hash="", versions={})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = baseline.path_in(tmp_path)
    assert baseline.read(file) == Baselines()
    baseline.update(file, entry())
    assert baseline.read(file).find(key()) == entry()
    assert json.loads(file.read_text())["schema"] == 1


def test_a_newer_one_replaces_its_own_and_leaves_the_others(tmp_path: Path) -> None:
    file = baseline.path_in(tmp_path)
    for one in (entry(), entry(profile="other"), entry(50.0)):
        baseline.update(file, one)
    found = baseline.read(file)
    assert len(found.entries) == 2
    assert found.find(key()) == entry(50.0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"host": "b" * 16}, "another machine"),
        ({"model": "0" * 64}, "other weights"),
        ({"mock": True}, "--mock"),
        ({"backend": "llama_cpp"}, "backend"),
        ({"quantization": "int8"}, "quantisation"),
        ({"device": "cuda:0"}, "device"),
        ({"max_new_tokens": 8}, "--max-new-tokens"),
        ({"prompt_tokens": 100}, "length"),
        ({"headline": "base"}, "kind"),
        ({"suite": 2}, "version"),
    ],
)
def test_what_differs_is_never_compared_and_said(changed: dict[str, Any], words: str) -> None:
    known = Baselines(entries=(entry(**changed),))
    assert known.find(key()) is None
    assert known.absence(key()).startswith("no baseline for this machine; there is one, but ")
    assert words in known.absence(key())


def test_of_another_profile_nothing_is_said() -> None:
    assert Baselines(entries=(entry(profile="x"),)).absence(key()) == "no baseline for this machine"


@pytest.mark.parametrize(
    "damaged",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": 2}', b'{"schema": 1, "entries": [{}]}', b'{"entry": 1}',
     b"[" * 100_000],
)  # fmt: skip
def test_a_damaged_file_is_refused_and_never_replaced(tmp_path: Path, damaged: bytes) -> None:
    file = baseline.path_in(tmp_path)
    file.parent.mkdir()
    file.write_bytes(damaged)
    for use in (lambda: baseline.read(file), lambda: baseline.update(file, entry())):
        with pytest.raises(StorageError, match="move the file away"):
            use()
    assert file.read_bytes() == damaged


@pytest.mark.parametrize("rates", [[], [0.0], [-1.0], ["nan"], [float("inf")]])
def test_a_baseline_without_sound_runs_is_damaged(tmp_path: Path, rates: list[Any]) -> None:
    file = baseline.path_in(tmp_path)
    baseline.update(file, entry())
    document = json.loads(file.read_text())
    document["entries"][0]["tokens_per_sec"] = rates
    file.write_text(json.dumps(document))
    with pytest.raises(StorageError, match=r"tokens_per_sec|JSON"):
        baseline.read(file)


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    file = baseline.path_in(tmp_path)
    file.mkdir(parents=True)
    with pytest.raises(StorageError):
        baseline.read(file)
    with pytest.raises(StorageError):
        baseline.update(file, entry())


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bench").touch()
    with pytest.raises(StorageError, match="could not write"):
        baseline.update(baseline.path_in(tmp_path), entry())


def _write(file: Path, name: str) -> None:
    for _ in range(5):
        baseline.update(file, entry(profile=name))


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    file, names = baseline.path_in(tmp_path), [f"p{i}" for i in range(4)]
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(file, name)) for name in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert {one.key.profile for one in baseline.read(file).entries} == set(names)


def test_a_machine_is_itself_again_and_another_is_not() -> None:
    here = host()
    assert here.fingerprint == host().fingerprint
    same = fingerprint("cpu", 8, 16_000, ["b", "a"])
    assert same == fingerprint("cpu", 8, 15_900, ["a", "b"])
    others = [("x", 8, 16_000, ["a", "b"]), ("cpu", 4, 16_000, ["a", "b"]), ("cpu", 8, 32_000, ["a", "b"])]
    assert len({same, *(fingerprint(*other) for other in others), fingerprint("cpu", 8, 16_000, [])}) == 5
