"""A domain's files change all together or not at all, whoever is killed and whoever comes at once."""

from __future__ import annotations

import contextlib
import errno
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpora.files import jsonl, pairs
from tests.support.command import PROGRAM, environment
from vortex_tui import atomic
from vortex_tui.corpora import overview, store
from vortex_tui.corpora.ingest import ingest
from vortex_tui.corpora.refusal import CorpusError
from vortex_tui.corpora.splitting import SPLITS
from vortex_tui.errors import StorageError


def state(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.jsonl"))}


class Killed(BaseException):
    """What a kill would be, at one step."""


STEPS = ("replace", "rename", "rmdir")


@pytest.mark.parametrize("step", range(14))
def test_a_kill_at_any_step_leaves_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    ingest([str(jsonl(tmp_path / "a.jsonl", *pairs(40)))], "d", tmp_path)
    folder = store.folder_of(tmp_path, "d")
    before, taken = state(folder), 0

    def counted(name: str) -> None:
        original = getattr(Path, name)

        def call(self: Path, *arguments: object) -> object:
            nonlocal taken
            if "d" in self.parts and (taken := taken + 1) > step:
                raise Killed
            return original(self, *arguments)

        monkeypatch.setattr(Path, name, call)

    for name in STEPS:
        counted(name)
    # A killed process tidies nothing.
    monkeypatch.setattr(store.shutil, "rmtree", lambda *_, **__: None)
    jsonl(tmp_path / "a.jsonl", *pairs(80))
    with contextlib.suppress(Killed):
        ingest([str(tmp_path / "a.jsonl")], "d", tmp_path)
    monkeypatch.undo()
    committed = (folder / ".commit").is_dir()
    (summary,) = overview.summaries(tmp_path)
    if state(folder) == before:
        assert not committed
        assert sum(summary.holds.values()) == 40
    else:
        assert sum(summary.holds.values()) == 80
    ingest([str(tmp_path / "a.jsonl")], "d", tmp_path)
    (summary,) = overview.summaries(tmp_path)
    assert sum(summary.holds.values()) == 80
    assert not [entry for entry in folder.iterdir() if entry.name in (".next", ".commit")]
    for name, content in before.items():
        assert (folder / name).read_bytes().startswith(content)


def test_the_steps_that_are_killed_are_all_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest([str(jsonl(tmp_path / "a.jsonl", *pairs(40)))], "d", tmp_path)
    taken = []
    for name in STEPS:
        original = getattr(Path, name)
        monkeypatch.setattr(Path, name, lambda self, *a, o=original: (taken.append(self), o(self, *a))[1])
    ingest([str(jsonl(tmp_path / "a.jsonl", *pairs(80)))], "d", tmp_path)
    assert 5 < len(taken) < 14


def test_a_full_disk_leaves_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest([str(jsonl(tmp_path / "a.jsonl", *pairs(40)))], "d", tmp_path)
    folder = store.folder_of(tmp_path, "d")
    before = state(folder)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(StorageError, match="could not write"):
        ingest([str(jsonl(tmp_path / "a.jsonl", *pairs(80)))], "d", tmp_path)
    monkeypatch.undo()
    assert state(folder) == before
    assert not (folder / ".next").exists()


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.3, 0.8, 1.2, 1.6])
def test_a_killed_process_loses_nothing(tmp_path: Path, delay: float) -> None:
    file = jsonl(tmp_path / "a.jsonl", *pairs(400))
    ingest([str(jsonl(tmp_path / "b.jsonl", *pairs(50, "other")))], "d", tmp_path)
    command = [*PROGRAM, "--data-dir", str(tmp_path), "ingest", str(file), "--domain", "d"]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        process.wait()
    (summary,) = overview.summaries(tmp_path)
    assert sum(summary.holds.values()) in (50, 450)
    ingest([str(file)], "d", tmp_path)
    (summary,) = overview.summaries(tmp_path)
    assert sum(summary.holds.values()) == 450


@pytest.mark.slow
def test_several_at_once_lose_no_line(tmp_path: Path) -> None:
    words = ("red", "green", "blue", "black")
    processes = []
    for word in words:
        file = jsonl(tmp_path / f"{word}.jsonl", *pairs(60, f"{word} {word} {word}"))
        command = [*PROGRAM, "--data-dir", str(tmp_path), "ingest", str(file), "--domain", "d"]
        processes.append(subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL))
    assert [process.wait(300) for process in processes] == [0, 0, 0, 0]
    (summary,) = overview.summaries(tmp_path)
    assert sum(summary.holds.values()) == 240
    history = store.rows(store.folder_of(tmp_path, "d") / store.HISTORY)
    assert [sum(line["kept"].values()) for line in history] == [60] * 4


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    with (
        store.locked(tmp_path),
        pytest.raises(CorpusError, match="in use"),
        store.locked(tmp_path, patience=0.01),
    ):
        pass


@pytest.mark.parametrize(
    "line", [b"{broken", b"[]", b'{"prompt": 1}', b"\xff", b'{"prompt":"\\ud800","response":"x"}']
)
def test_a_damaged_corpus_is_refused_with_the_line_and_left_alone(tmp_path: Path, line: bytes) -> None:
    folder = tmp_path / "corpora" / "d"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_bytes(b'{"prompt": "a", "response": "b"}\n' + line)
    before = state(folder)
    with pytest.raises(CorpusError, match=r"line 2 of .*train\.jsonl"):
        ingest([str(jsonl(tmp_path / "a.jsonl", *pairs(3)))], "d", tmp_path)
    assert state(folder) == before


def test_every_line_is_whole_and_ends(tmp_path: Path) -> None:
    ingest([str(jsonl(tmp_path / "a.jsonl", *pairs(40)))], "d", tmp_path)
    for split in SPLITS:
        raw = (store.folder_of(tmp_path, "d") / f"{split}.jsonl").read_bytes()
        assert raw.endswith(b"\n")
        for line in raw.splitlines():
            row = json.loads(line)
            assert {
                "prompt",
                "response",
                "source",
                "source_sha256",
                "license",
                "time",
                "kind",
                "cluster",
            } <= set(row)
