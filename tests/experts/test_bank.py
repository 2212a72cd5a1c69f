"""Banks of none, of one, and of what is no expert; exemplars stay on the disk."""

from __future__ import annotations

import os
import sys
import tracemalloc
from pathlib import Path

import pytest

from tests.support import described
from vortex_tui.errors import ExpertError
from vortex_tui.experts import bank, manifest
from vortex_tui.experts.bank import BankEntry


def only(root: Path) -> BankEntry:
    """The one entry of a bank, the same with an index as without."""
    (entry,) = bank.scan(described.BASE, [root], root.parent / "cache")
    assert bank.scan(described.BASE, [root], root.parent / "cache") == [entry]
    assert bank.scan(described.BASE, [root]) == [entry]
    return entry


def test_a_bank_of_none(tmp_path: Path) -> None:
    assert bank.scan(described.BASE, [tmp_path / "nowhere"], tmp_path / "cache") == []
    assert bank.champions([]) == {}
    with pytest.raises(ExpertError, match="none: the bank is empty"):
        bank.find("sums", [])


def test_a_bank_of_one(tmp_path: Path) -> None:
    described.expert(tmp_path / "bank", "sums")
    entry = only(tmp_path / "bank")
    assert bank.find("sums", [entry]) is bank.find("sums/run-1", [entry]) is entry
    assert bank.champions([entry]) == {"sums": entry}


def test_the_newest_of_a_domain_that_can_be_used_serves_it(tmp_path: Path) -> None:
    for run in ("run-1", "run-2", "run-3"):
        described.expert(tmp_path, "sums", run=run)
    (tmp_path / "sums" / "run-3" / manifest.MANIFEST).write_text("{}", "utf-8")
    entries = bank.scan(described.BASE, [tmp_path])
    assert bank.champions(entries)["sums"].id == "sums/run-2"
    assert bank.find("sums", entries).id == "sums/run-2"


def test_an_expert_without_exemplars_is_whole(tmp_path: Path) -> None:
    described.expert(tmp_path / "bank", "sums", exemplars=())
    entry = only(tmp_path / "bank")
    assert (entry.problem, bank.usable(entry).exemplar_count, bank.usable(entry).exemplars) == ("", 0, ())


def test_exemplars_are_read_when_asked_for_and_kept_nowhere(tmp_path: Path) -> None:
    folder = described.expert(tmp_path / "bank", "sums", exemplars=["one"])
    card = bank.usable(only(tmp_path / "bank"))
    assert card.exemplars == ("one",)
    described.expert(tmp_path / "bank", "sums", exemplars=["one", "two"])
    assert card.exemplars == ("one", "two")
    (folder / manifest.MANIFEST).unlink()
    with pytest.raises(ExpertError, match="is not an expert's manifest"):
        _ = card.exemplars


def test_what_is_kept_of_an_expert_does_not_grow_with_its_exemplars(tmp_path: Path) -> None:
    for number in range(100):
        described.expert(tmp_path / "bank", f"domain-{number}", exemplars=[f"{at:0200}" for at in range(96)])
    bank.scan(None, [tmp_path / "bank"], tmp_path / "cache")
    tracemalloc.start()
    try:
        entries = bank.scan(None, [tmp_path / "bank"], tmp_path / "cache")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept / len(entries) < 4096
    assert len(bank.usable(entries[0]).exemplars) == 96


TEXTS = {
    "huge": "x" * 1_000_000,
    "binary": "\x00\x01\x1b[2J\x7f",
    "Russian": "Сколько будет 2 + 2?",
    "Japanese": "二たす二は？",
    "joined": "👩‍🔬",
    "empty": "",
}


@pytest.mark.parametrize("name", TEXTS)
def test_an_exemplar_may_be_any_text(tmp_path: Path, name: str) -> None:
    exemplar = TEXTS[name]
    described.expert(tmp_path / "bank", "sums", title=exemplar[:100], exemplars=[exemplar])
    card = bank.usable(only(tmp_path / "bank"))
    assert (card.title, card.exemplars) == (exemplar[:100], (exemplar,))


NO_MANIFESTS = {
    "Expecting value": b"",
    "decode": b"\xff\xfe\x00",
    "invalid continuation": b'{"domain": "\xc3\x28"}',
    "recursion": b"[" * 100_000,
    "the whole": b"null",
    "domain": b"{}",
    "digits": b'{"rank": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("told", NO_MANIFESTS)
def test_a_manifest_that_is_none_is_a_problem_in_words(tmp_path: Path, told: str) -> None:
    folder = described.expert(tmp_path / "bank", "sums")
    (folder / manifest.MANIFEST).write_bytes(NO_MANIFESTS[told])
    entry = only(tmp_path / "bank")
    assert entry.manifest is None
    assert told in entry.problem
    assert bank.verify(entry) == entry.problem


def test_half_a_character_in_a_manifest_is_a_problem(tmp_path: Path) -> None:
    folder = described.expert(tmp_path / "bank", "sums", exemplars=["half"])
    file = folder / manifest.MANIFEST
    file.write_bytes(file.read_bytes().replace(b"half", b"\\ud800"))
    assert "surrogates not allowed" in only(tmp_path / "bank").problem


def test_a_manifest_of_many_megabytes_is_not_read(tmp_path: Path) -> None:
    folder = described.expert(tmp_path / "bank", "sums")
    with (folder / manifest.MANIFEST).open("r+b") as file:
        file.truncate(manifest.MAX_BYTES + 1)
    assert "more than" in only(tmp_path / "bank").problem


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in a Windows folder")
def test_a_pipe_in_place_of_a_manifest_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "bank" / "sums" / "run-1").mkdir(parents=True)
    os.mkfifo(tmp_path / "bank" / "sums" / "run-1" / manifest.MANIFEST)
    assert "not a file" in only(tmp_path / "bank").problem


def test_an_empty_folder_is_an_expert_without_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "bank" / "sums" / "run-1").mkdir(parents=True)
    (tmp_path / "bank" / "nothing").mkdir()
    (tmp_path / "bank" / ".hidden" / "run-1").mkdir(parents=True)
    (tmp_path / "bank" / "a file").write_text("", "utf-8")
    entry = only(tmp_path / "bank")
    assert (entry.id, entry.manifest, entry.bytes) == ("sums/run-1", None, 0)


def test_of_many_names_the_most_alike_are_told(tmp_path: Path) -> None:
    for number in range(40):
        described.expert(tmp_path, f"domain-{number:02}")
    with pytest.raises(ExpertError) as refusal:
        bank.find("domain-7", bank.scan(None, [tmp_path]))
    assert "domain-17" in refusal.value.expected
    assert "(40 domains)" in refusal.value.expected
    assert len(refusal.value.expected) < 100
