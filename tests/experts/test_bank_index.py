"""A bank's index saves reading and changes nothing: with and without it, a scan finds the same."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import described
from vortex_tui.errors import ExpertError
from vortex_tui.experts import bank, bank_index, manifest
from vortex_tui.experts.bank import BankEntry

HOUR_NS = 3600 * 10**9


@contextmanager
def later() -> Iterator[None]:
    """An hour later: what is written now is old enough to be believed."""
    now = time.time_ns
    with mock.patch.object(bank_index.time, "time_ns", side_effect=lambda: now() + HOUR_NS):
        yield


@contextmanager
def counted(name: str) -> Iterator[mock.Mock]:
    """Calls of a function of the manifest's module."""
    with mock.patch.object(manifest, name, wraps=getattr(manifest, name)) as calls:
        yield calls


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for domain in ("sums", "units", "sql"):
        described.expert(tmp_path / "experts", domain, title=f"the expert of {domain}")
    return tmp_path / "experts"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def scanned(root: Path, cache: Path | None, *, believed: bool = True) -> list[BankEntry]:
    return bank.scan(described.BASE, [root], cache, believed=believed)


def index_of(root: Path, cache: Path) -> Path:
    return bank_index.file_of(root, cache)


def reseal(file: Path, change: Callable[[str], str]) -> None:
    """Change an index's body and give it the checksum it should have, as somebody with intent would."""
    body = change(file.read_text("ascii").rpartition("\n")[0] + "\n")
    file.write_text(body + hashlib.sha256(body.encode()).hexdigest(), "ascii")


# --- the same, whatever happens -----------------------------------------------


def change_title(folder: Path, number: int) -> None:
    file = folder / manifest.MANIFEST
    if file.is_file():
        text = file.read_text("utf-8")
        changed = text.replace('"title": "', f'"title": "{number % 10}', 1)
        # Of the same size as before, so that the size alone does not give it away.
        manifest.atomic.write_text(file, changed.rstrip() if changed != text else text)


def add(root: Path, domain: str, number: int) -> None:
    described.expert(root, domain, run=f"run-{number % 2}", title=f"{number:04}")


def remove(root: Path, domain: str, _number: int) -> None:
    shutil.rmtree(root / domain, ignore_errors=True)


def change(root: Path, domain: str, number: int) -> None:
    for folder in sorted((root / domain).glob("*")):
        change_title(folder, number)


def rename(root: Path, domain: str, number: int) -> None:
    target = root / f"moved-{number % 2}"
    if (root / domain).is_dir() and not target.exists():
        (root / domain).rename(target)


def swap(root: Path, domain: str, _number: int) -> None:
    folders = sorted((root / domain).glob("run-*"))
    if len(folders) == 2:
        aside = folders[0].rename(root / domain / "aside")
        folders[1].rename(folders[0])
        aside.rename(folders[1])


def spoil(root: Path, domain: str, number: int) -> None:
    for file in (root / domain).glob("*/manifest.json"):
        file.write_bytes(file.read_bytes()[: number % 400])


def touch(root: Path, domain: str, number: int) -> None:
    for file in (root / domain).glob("*/manifest.json"):
        os.utime(file, ns=(number, number * 10**9))


def empty(root: Path, domain: str, number: int) -> None:
    (root / domain / f"run-{number % 3}").mkdir(parents=True, exist_ok=True)


EDITS = (add, add, add, remove, change, change, rename, swap, spoil, touch, empty)


def flip(raw: bytes, at: int) -> bytes:
    at %= len(raw) or 1
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] if raw else b"x"


DAMAGE: tuple[Callable[[bytes, int], bytes], ...] = (
    lambda raw, _: raw,
    flip,
    lambda raw, at: raw[: at % (len(raw) + 1)],
    lambda raw, _: raw + b"\n",
    lambda raw, _: raw.replace(b'"title', b'"Title').replace(b"00", b"01"),
    lambda _raw, at: bytes(range(at % 200)),
    lambda _raw, at: b"[" * at,
    lambda _raw, _at: b"",
)


@pytest.mark.parametrize("clock", ["now", "later"])
@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(EDITS),
            st.sampled_from(["sums", "units", "moved-0"]),
            st.integers(0, 2_000),
            st.sampled_from(DAMAGE),
        ),
        max_size=12,
    )
)
def test_with_and_without_an_index_a_scan_finds_the_same(clock: str, steps: list[tuple]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder, "experts"), Path(folder, "cache")
        file = index_of(root, cache)
        for edit, domain, number, damage in steps:
            edit(root, domain, number)
            if file.is_file():
                file.write_bytes(damage(file.read_bytes(), number))
            with later() if clock == "later" else nullcontext():
                assert scanned(root, cache) == scanned(root, None)
                assert scanned(root, cache) == scanned(root, None)


# --- what is read -------------------------------------------------------------


def test_an_unchanged_bank_is_not_read_at_all(root: Path, cache: Path) -> None:
    with later():
        first = scanned(root, cache)
        written = index_of(root, cache).stat().st_mtime_ns
        with counted("read_bytes") as reads:
            assert scanned(root, cache) == first
    assert not reads.called
    assert index_of(root, cache).stat().st_mtime_ns == written


def test_one_changed_manifest_is_read_alone(root: Path, cache: Path) -> None:
    with later():
        scanned(root, cache)
        described.expert(root, "units", title="another title")
        with counted("read_bytes") as reads:
            found = {entry.id: entry.manifest for entry in scanned(root, cache)}
        assert reads.call_count == 1
        assert found["units/run-1"].title == "another title"
        with counted("read_bytes") as reads:
            scanned(root, cache)
        assert not reads.called


def test_an_expert_that_is_gone_leaves_the_index(root: Path, cache: Path) -> None:
    with later():
        scanned(root, cache)
        shutil.rmtree(root / "units")
        assert len(scanned(root, cache)) == 2
    assert "the expert of units" not in index_of(root, cache).read_text("ascii")


def test_a_manifest_that_was_spoilt_leaves_the_index(root: Path, cache: Path) -> None:
    with later():
        scanned(root, cache)
        (root / "units" / "run-1" / manifest.MANIFEST).write_text("{", "utf-8")
        assert [bool(entry.problem) for entry in scanned(root, cache)] == [False, False, True]
        assert [bool(entry.problem) for entry in scanned(root, cache)] == [False, False, True]
    assert "the expert of units" not in index_of(root, cache).read_text("ascii")


def test_a_manifest_just_written_is_hashed_again_and_not_parsed(root: Path, cache: Path) -> None:
    scanned(root, cache)
    with counted("read_bytes") as reads, counted("parse") as parses:
        scanned(root, cache)
    assert reads.call_count == 3
    assert not parses.called


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no time of status change")
def test_an_edit_that_hides_its_time_and_size_is_noticed(root: Path, cache: Path) -> None:
    file = root / "sums" / "run-1" / manifest.MANIFEST
    with later():
        scanned(root, cache)
        before = file.stat()
        time.sleep(0.05)  # the clock of a file system ticks some hundred times a second
        file.write_text(file.read_text("utf-8").replace("the expert of sums", "the expert of suns"), "utf-8")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert file.stat().st_size == before.st_size
        titles = [entry.manifest.title for entry in scanned(root, cache) if entry.manifest]
    assert "the expert of suns" in titles


def test_verifying_reads_the_manifests_and_renews_the_index(root: Path, cache: Path) -> None:
    with later():
        told = scanned(root, cache)
        reseal(index_of(root, cache), lambda body: body.replace("the expert of sums", "the best of experts"))
        assert scanned(root, cache) != told
        assert scanned(root, cache, believed=False) == told
        assert scanned(root, cache) == told


# --- an index that is not ours --------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace('"version"', '"versions"'),
        lambda body: body.replace("vortex_tui_bank_index", "another_index"),
        lambda body: body + "null\n",
        lambda body: body + "[]\n",
        lambda body: body + "{\n",
        lambda body: body + '"a string of fifteen"\n',
        lambda body: body.replace('["q_proj"', "[7"),
        lambda body: body.replace("8.0", '"8.0"'),
    ],
)
def test_what_no_index_of_ours_holds_is_not_believed(
    root: Path, cache: Path, change: Callable[[str], str]
) -> None:
    with later():
        told = scanned(root, cache)
        before = index_of(root, cache).read_bytes()
        reseal(index_of(root, cache), change)
        assert index_of(root, cache).read_bytes() != before
        assert scanned(root, cache) == told
    assert index_of(root, cache).read_bytes() == before


def test_the_index_of_another_root_is_not_believed(root: Path, cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "others"
    with later():
        scanned(root, cache)
        shutil.copytree(root, other, copy_function=shutil.copy2)
        shutil.copy(index_of(root, cache), index_of(other, cache))
        with counted("parse") as parses:
            assert [entry.folder.parents[1] for entry in scanned(other, cache)] == [other] * 3
    assert parses.call_count == 3


def test_an_index_cannot_change_what_an_expert_is(root: Path, cache: Path) -> None:
    with later():
        scanned(root, cache)
        reseal(index_of(root, cache), lambda body: body.replace("c" * 64, "d" * 64))
        forged = scanned(root, cache)[0]
    assert forged.manifest is not None
    assert forged.manifest.content_hash == "d" * 64
    assert "changed after the bank was read" in bank.verify(forged)
    with pytest.raises(ExpertError, match="adapter cccc") as refusal:
        forged.manifest.reread()
    assert f"vortex-tui experts verify {forged.id}" in refusal.value.mend


# --- where nothing can be kept --------------------------------------------------


def test_a_cache_that_cannot_be_written_or_read_costs_time_alone(root: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be", "utf-8")
    assert scanned(root, blocked) == scanned(root, None)


def test_a_folder_in_place_of_the_index_costs_time_alone(root: Path, cache: Path) -> None:
    index_of(root, cache).mkdir(parents=True)
    assert scanned(root, cache) == scanned(root, None)


def test_what_only_looks_renews_an_index_and_makes_none(root: Path, cache: Path) -> None:
    bank.scan(described.BASE, [root], cache, create=False)
    assert not cache.exists()
    with later():
        scanned(root, cache)
        shutil.rmtree(root / "units")
        bank.scan(described.BASE, [root], cache, create=False)
    assert "the expert of units" not in index_of(root, cache).read_text("ascii")


def test_an_index_holds_no_exemplars(root: Path, cache: Path) -> None:
    described.expert(root, "secret", exemplars=["an exemplar of its own"])
    scanned(root, cache)
    rows = index_of(root, cache).read_text("ascii")
    assert "an exemplar of its own" not in rows
    assert len([json.loads(line) for line in rows.splitlines()[1:-1]]) == 4
