"""Who serves a domain when aliases say so: each base has its own; a champion that is gone has no stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import described
from vortex_tui import atomic
from vortex_tui.errors import StorageError
from vortex_tui.experts import aliases, bank, standing
from vortex_tui.experts.aliases import Alias, Aliases, Champion
from vortex_tui.experts.bank import BankEntry

HASH, OTHER = "c" * 64, "d" * 64


@pytest.fixture(autouse=True)
def registry(tmp_path: Path) -> Path:
    folder = tmp_path / "experts_hf" / "registry" / "experts"
    for run in ("run-1", "run-2", "run-3"):
        described.expert(folder, "sums", run=run)
    described.expert(folder, "words")
    return folder


def entries(data: Path, base: str | None = described.BASE) -> list[BankEntry]:
    return standing.entries(base, data, with_nano=False)


def named(data: Path, champion: Champion | None, base: str = described.BASE, domain: str = "sums") -> None:
    known = aliases.read(data).replaced(base, domain, Alias(champion=champion))
    atomic.write_bytes(aliases.file_of(data), known.encoded())


def serving(found: list[BankEntry]) -> dict[str, str]:
    return {domain: entry.id for domain, entry in bank.champions(found).items()}


def test_without_aliases_the_newest_serves(tmp_path: Path) -> None:
    assert serving(entries(tmp_path)) == {"sums": "sums/run-3", "words": "words/run-1"}
    assert {entry.alias for entry in entries(tmp_path)} == {None}


@pytest.mark.parametrize("base", [described.BASE, None])
def test_an_alias_wins_over_the_newest(tmp_path: Path, base: str | None) -> None:
    named(tmp_path, Champion(id="sums/run-2", content_hash=HASH))
    found = entries(tmp_path, base)
    assert serving(found) == {"sums": "sums/run-2", "words": "words/run-1"}
    assert bank.find("sums", found).id == "sums/run-2"
    assert bank.find("sums/run-3", found).id == "sums/run-3", "by its id any version can be asked for"


def test_an_alias_that_names_nobody_leaves_the_domain_to_the_base(tmp_path: Path) -> None:
    named(tmp_path, None)
    assert serving(entries(tmp_path)) == {"words": "words/run-1"}


@pytest.mark.parametrize(
    ("champion", "told"),
    [
        (Champion(id="sums/run-9", content_hash=HASH), "its files are gone"),
        (Champion(id="sums/run-2", content_hash=OTHER), "not what was promoted"),
    ],
)
def test_a_champion_that_is_not_there_has_no_stand_in(tmp_path: Path, champion: Champion, told: str) -> None:
    named(tmp_path, champion)
    found = entries(tmp_path)
    assert serving(found) == {"words": "words/run-1"}
    assert bank.find("sums", found).id == champion.id
    assert told in bank.find("sums", found).problem
    assert "rollback sums" in bank.find("sums", found).problem


def test_a_champion_whose_manifest_cannot_be_read_has_no_stand_in(tmp_path: Path, registry: Path) -> None:
    named(tmp_path, Champion(id="sums/run-2", content_hash=HASH))
    (registry / "sums" / "run-2" / "manifest.json").write_text("{}", "utf-8")
    assert "sums" not in serving(entries(tmp_path))


@pytest.mark.parametrize("base", [described.BASE, None])
def test_an_alias_of_another_base_changes_nothing_here(tmp_path: Path, base: str | None) -> None:
    named(tmp_path, Champion(id="sums/run-1", content_hash=HASH), base="e" * 64)
    found = entries(tmp_path, base)
    assert bank.champions(found)["sums"].id == "sums/run-3"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"schema": 2}', b'{"schema": 1, "more": 1}'])
def test_damaged_aliases_are_refused(tmp_path: Path, raw: bytes) -> None:
    atomic.write_bytes(aliases.file_of(tmp_path), raw)
    with pytest.raises(StorageError, match="does not say who the champions are"):
        entries(tmp_path)


def test_the_history_is_bounded() -> None:
    alias = Alias(champion=None)
    for number in range(40):
        alias = alias.promoted(Champion(id=f"sums/run-{number}", content_hash=HASH))
    assert len(alias.history) == aliases.HISTORY
    back = alias.rolled_back(2)
    assert back.champion is not None
    assert (back.champion.id, len(back.history)) == ("sums/run-37", aliases.HISTORY - 2)
    assert Aliases().replaced("b", "sums", alias).replaced("b", "sums", None) == Aliases()
