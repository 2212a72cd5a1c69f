"""The cache keeps to its budget: what was used last stays, what is in use stays, the rest is refused."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.command import environment
from vortex_tui import cache_folder, disk, profile
from vortex_tui.engine.client import Engine
from vortex_tui.errors import StorageError
from vortex_tui.gguf import cache
from vortex_tui.gguf.cache import Cache
from vortex_tui.routing import vectors
from vortex_tui.settings import Budget

MIB = disk.MIB
CLOCK = itertools.count(1_700_000_000)


def budget(tmp_path: Path, cache_mb: int = 3, free_mb: int = 0) -> None:
    cache_folder.keep_to(Budget(max_cache_mb=cache_mb, min_disk_free_mb=free_mb), tmp_path)


def made(tmp_path: Path, name: str, size: int = MIB, folder: str = "gguf") -> Path:
    """A converted file, and when it was used: the order of calls, whatever the clock says."""
    key = cache.key("adapter", name, "base")
    file = Cache(tmp_path, folder).get(key, lambda target: _write(target, size), size).path
    now = next(CLOCK)
    os.utime(file, (now, now))
    return file


def _write(target: Path, size: int) -> None:
    target.write_bytes(bytes(size))


def left(tmp_path: Path) -> set[str]:
    return {file.name for file in (tmp_path / "cache").rglob("*.gguf")}


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    budget(tmp_path, 4)
    a, b, c = (made(tmp_path, name) for name in "abc")
    assert made(tmp_path, "a") == a  # used again
    d = made(tmp_path, "d")
    assert left(tmp_path) == {a.name, c.name, d.name}
    assert not b.with_suffix(".json").exists()
    # Other folders of the cache count, and their converted files go as well.
    mix = made(tmp_path, "mix", 2 * MIB, "mixes")
    assert left(tmp_path) == {d.name, mix.name}


def test_what_is_larger_than_the_limit_is_refused_and_nothing_goes(tmp_path: Path) -> None:
    budget(tmp_path, 3)
    a = made(tmp_path, "a")
    with pytest.raises(StorageError) as refusal:
        made(tmp_path, "large", 4 * MIB)
    assert "max_cache_mb = 3" in refusal.value.expected
    assert "4 MiB to be written" in refusal.value.found
    assert refusal.value.mend
    assert left(tmp_path) == {a.name}


def test_what_else_is_in_the_cache_counts_and_stays(tmp_path: Path) -> None:
    budget(tmp_path, 3)
    results = tmp_path / "cache/evaluation/results.jsonl"
    results.parent.mkdir(parents=True)
    results.write_bytes(bytes(2 * MIB))
    made(tmp_path, "a", MIB // 2)
    b = made(tmp_path, "b", MIB // 2)
    assert left(tmp_path) == {b.name}
    with pytest.raises(StorageError, match="is full"):
        made(tmp_path, "c", 2 * MIB)
    assert results.stat().st_size == 2 * MIB


def test_sources_of_what_is_made_stay(tmp_path: Path) -> None:
    budget(tmp_path, 3)
    oldest, other = made(tmp_path, "a"), made(tmp_path, "b")
    key = cache.key("mix", "ab", "base")
    found = Cache(tmp_path, "mixes").get(key, lambda target: _write(target, MIB), MIB, {oldest})
    assert left(tmp_path) == {oldest.name, found.path.name}
    assert not other.exists()


def test_what_is_held_stays(tmp_path: Path) -> None:
    budget(tmp_path, 3)
    base = made(tmp_path, "base")
    cache_folder.hold(base)
    made(tmp_path, "b")
    c = made(tmp_path, "c")
    assert left(tmp_path) == {base.name, c.name}


HOLDER = """
import sys
from pathlib import Path
from vortex_tui import cache_folder
cache_folder.hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_what_another_process_holds_stays_until_that_ends(tmp_path: Path) -> None:
    budget(tmp_path, 3)
    base = made(tmp_path, "base")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(base)], env=environment(), **pipes) as holder:
        assert holder.stdout.readline().strip() == b"held"
        made(tmp_path, "b")
        made(tmp_path, "c")
        assert base.exists()
        holder.kill()
    made(tmp_path, "d")
    made(tmp_path, "e")
    assert not base.exists()


def test_too_little_free_space_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget(tmp_path, 100, free_mb=50)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=51 * MIB))
    made(tmp_path, "a")
    with pytest.raises(StorageError, match="min_disk_free_mb = 50"):
        made(tmp_path, "b", 2 * MIB)
    assert made(tmp_path, "a").exists()  # what is there is used, however full the disk is


def test_a_guess_that_was_too_small_does_not_leave_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget(tmp_path, 100, free_mb=50)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50 * MIB))

    def grow(target: Path) -> None:
        _write(target, 100)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=49 * MIB))

    with pytest.raises(StorageError, match="49 MiB free"):
        Cache(tmp_path).get(cache.key("adapter", "a", "b"), grow)
    assert not [file for file in (tmp_path / "cache").rglob("*") if file.suffix in (".gguf", ".part")]


def test_a_full_cache_keeps_no_vectors_and_encodes_again(tmp_path: Path) -> None:
    calls = 0

    def encode(texts: Sequence[str]) -> vectors.Matrix:
        nonlocal calls
        calls += 1
        return np.ones((len(texts), 40_000), np.float32)

    file = vectors.file_of(tmp_path, "e")
    budget(tmp_path, 1)
    many = [str(number) for number in range(20)]  # 1.6 MB in 16 bits
    vectors.kept(file, encode)(many)
    assert not file.exists()
    vectors.kept(file, encode)(many[:5])
    vectors.kept(file, encode)(many[:5])
    assert (file.exists(), calls) == (True, 2)


@pytest.mark.parametrize(("name", "refused"), [("nano", False), ("nano_gguf", True)])
async def test_an_engine_keeps_to_its_profile(tmp_path: Path, name: str, refused: bool) -> None:
    chosen = profile.load(name)
    full = chosen.budget.model_copy(update={"min_disk_free_mb": 2**31 - 1})
    async with Engine(tmp_path) as engine:
        with pytest.raises(StorageError, match="min_disk_free_mb") if refused else contextlib.nullcontext():
            await engine.load(chosen.model_copy(update={"budget": full}))
    # The bank's index is no more than its manifests say; everything larger is not written.
    assert {folder.name for folder in (tmp_path / "cache").glob("*") if any(folder.iterdir())} <= {"bank"}


def test_without_a_word_a_profiles_defaults_hold(tmp_path: Path) -> None:
    assert cache_folder.budget_of(tmp_path) == Budget()
