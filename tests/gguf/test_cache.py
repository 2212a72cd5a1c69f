"""Converted files: made once, found again, never used when they are not whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import environment
from vortex_tui.errors import ExpertError, StorageError
from vortex_tui.gguf import cache
from vortex_tui.gguf.cache import Cache

KEY = cache.key("adapter", "a" * 64, "b" * 64)
CONTENT = bytes(range(256)) * 64


class Maker:
    """Writes the content and counts how often it was asked."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.calls = 0

    def __call__(self, target: Path) -> None:
        self.calls += 1
        target.write_bytes(self.content)


def left_over(folder: Path) -> list[str]:
    return [file.name for file in (folder / "cache" / "gguf").iterdir() if file.name.endswith(".part")]


def test_a_file_is_made_once_and_found_again(tmp_path: Path) -> None:
    make = Maker()
    first, second = (Cache(tmp_path).get(KEY, make) for _ in range(2))
    assert (first.was_there, second.was_there, make.calls) == (False, True, 1)
    assert first.path == second.path == tmp_path / "cache" / "gguf" / f"{KEY}.gguf"
    assert first.path.read_bytes() == CONTENT
    assert left_over(tmp_path) == []


def test_another_source_base_or_kind_is_another_file() -> None:
    keys = {
        cache.key(*parts) for parts in [("a", "s", "f"), ("b", "s", "f"), ("a", "t", "f"), ("a", "s", "g")]
    }
    assert len(keys) == 4


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[100] ^= 1
    file.write_bytes(raw)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def unsaid(file: Path) -> None:
    file.with_suffix(".json").unlink()


def missaid(file: Path) -> None:
    file.with_suffix(".json").write_text("[]", "utf-8")


@pytest.mark.parametrize("damage", [cut, flip, empty, unsaid, missaid, Path.unlink])
def test_a_damaged_file_is_made_anew(damage: Callable[[Path], None], tmp_path: Path) -> None:
    make = Maker()
    file = Cache(tmp_path).get(KEY, make).path
    damage(file)
    again = Cache(tmp_path).get(KEY, make)
    assert (again.was_there, make.calls) == (False, 2)
    assert again.path.read_bytes() == CONTENT
    assert Cache(tmp_path).get(KEY, make).was_there


def test_a_refused_conversion_leaves_nothing(tmp_path: Path) -> None:
    def refuse(target: Path) -> None:
        target.write_bytes(b"half")
        raise ExpertError("refused")

    with pytest.raises(ExpertError, match="refused"):
        Cache(tmp_path).get(KEY, refuse)
    assert left_over(tmp_path) == []
    assert not list(tmp_path.rglob("*.gguf"))


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "gguf"
    folder.mkdir(parents=True)
    (folder / f".{KEY}.0123.part").write_bytes(b"half")
    Cache(tmp_path).get(KEY, Maker())
    assert left_over(tmp_path) == []


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    def full(_target: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left"):
        Cache(tmp_path).get(KEY, full)


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", "utf-8")
    with pytest.raises(StorageError, match="could not write"):
        Cache(tmp_path).get(KEY, Maker())


SLOW_MAKER = """
import sys, time
from pathlib import Path
from vortex_tui.gguf.cache import Cache

def make(target):
    with open(sys.argv[3], "a") as calls:
        calls.write("made\\n")
    with target.open("wb") as file:
        for _ in range(20):
            file.write(bytes(4096))
            file.flush()
            time.sleep(0.02)

found = Cache(Path(sys.argv[1])).get(sys.argv[2], make)
print(found.path.stat().st_size)
"""


def test_of_processes_at_once_one_makes_it_and_all_have_it_whole(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    arguments = [sys.executable, "-c", SLOW_MAKER, str(tmp_path), KEY, str(calls)]
    running = [
        subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment()) for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0].strip() for process in running]
    assert said == [str(20 * 4096)] * 3
    assert calls.read_text("utf-8").splitlines() == ["made"]
    assert left_over(tmp_path) == []
