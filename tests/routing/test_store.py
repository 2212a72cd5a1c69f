"""An index on the disk: what was saved decides alike, and what is damaged or stale is made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.routing.bank import DOMAINS, exemplars, fresh, ground, hashed
from vortex_tui.routing import index, material, store
from vortex_tui.routing.decision import Scored
from vortex_tui.routing.ground import Ground
from vortex_tui.routing.learned import Learned
from vortex_tui.routing.slices import Slices
from vortex_tui.routing.terms import terms
from vortex_tui.routing.weighing import Policy

SMALL = {domain: exemplars(domain, 6) for domain in DOMAINS}
LARGE = {
    f"{domain}-{mark}": [f"{text} no{mark}" for text in texts]
    for domain, texts in SMALL.items()
    for mark in "abcdef"
}
ASKED = [fresh(domain, 1)[0] for domain in DOMAINS]


def stored(bank: Mapping[str, Sequence[str]], cache: Path, encoder: str = "hashed") -> Ground:
    found = ground(bank)
    found.cache, found.encoder = cache, encoder
    return found


def decided(made: Ground) -> list[tuple[Scored, ...]]:
    router = Learned(made, "hybrid", Policy(), 0.02)
    return [router.decide(prompt).candidates for prompt in ASKED]


class Counted:
    """How many texts were taken apart, and how many indices were built."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts = self.builds = 0
        monkeypatch.setattr(material, "terms", self._terms)
        self._build = index.build
        monkeypatch.setattr(index, "build", self._built)

    def _terms(self, text: str) -> object:
        self.texts += 1
        return terms(text)

    def _built(self, made: material.Material) -> index.Index:
        self.builds += 1
        return self._build(made)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("whole")
    stored(SMALL, cache).index(dense=True)
    return cache


@pytest.mark.parametrize("bank", [SMALL, LARGE], ids=["small", "large"])
def test_what_was_saved_decides_alike(bank: dict[str, list[str]], tmp_path: Path, counted: Counted) -> None:
    first = decided(stored(bank, tmp_path))
    assert decided(stored(bank, tmp_path)) == first == decided(ground(bank))
    assert counted.builds == 2


def test_what_is_read_in_parts_decides_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = decided(stored(LARGE, tmp_path))
    monkeypatch.setattr(store, "_LARGE", 0)
    again = stored(LARGE, tmp_path)
    assert isinstance(again.index(dense=True).views[2].table.units, Slices)
    assert decided(again) == first


def damaged(whole: Path, cache: Path, damage: Callable[[Path], object]) -> list[tuple[Scored, ...]]:
    shutil.rmtree(cache, ignore_errors=True)
    shutil.copytree(whole, cache)
    damage(next(cache.iterdir()))
    return decided(stored(SMALL, cache))


@given(st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damaged_byte_is_found(whole: Path, tmp_path: Path, data: st.DataObject) -> None:
    def flip(folder: Path) -> None:
        file = data.draw(st.sampled_from(sorted(folder.iterdir())))
        content = bytearray(file.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= 1 << data.draw(st.integers(0, 7))
        file.write_bytes(content[:at] if data.draw(st.booleans()) else content)

    assert damaged(whole, tmp_path / "copy", flip) == decided(ground(SMALL))


def rewritten(folder: Path, **changes: object) -> None:
    """A header that was edited by someone who knows of its checksum."""
    document = json.loads((folder / "index.json").read_text("utf-8"))
    body = json.dumps(json.loads(document["body"]) | changes)
    document = {"sum": sha256(body.encode()).hexdigest(), "body": body}
    (folder / "index.json").write_text(json.dumps(document), "utf-8")


@pytest.mark.parametrize(
    "changes",
    [{"version": 99}, {"names": ["one"]}, {"digests": []}, {"sums": {}}, {"sums": []}, {"of": "another"}],
    ids=str,
)
def test_an_edited_header_is_not_believed(
    whole: Path, tmp_path: Path, counted: Counted, changes: dict[str, object]
) -> None:
    found = damaged(whole, tmp_path / "copy", lambda folder: rewritten(folder, **changes))
    assert counted.builds == 1
    assert found == decided(ground(SMALL))


@pytest.mark.parametrize("header", ["", "[]", "null", '{"sum": 1, "body": 2}', "[" * 100_000])
def test_a_header_of_another_form_is_made_again(whole: Path, tmp_path: Path, header: str) -> None:
    found = damaged(whole, tmp_path / "copy", lambda folder: (folder / "index.json").write_text(header))
    assert found == decided(ground(SMALL))


@pytest.mark.parametrize("name", ["index.json", "sizes.npy", "pieces-units.npy", "space-rows.npy"])
def test_a_missing_file_is_made_again(whole: Path, tmp_path: Path, name: str) -> None:
    found = damaged(whole, tmp_path / "copy", lambda folder: (folder / name).unlink())
    assert found == decided(ground(SMALL))


def test_an_index_at_another_banks_place_is_not_believed(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "copy")
    folder = next((tmp_path / "copy").iterdir())
    less = {name: SMALL[name] for name in DOMAINS[:3]}
    made = stored(less, tmp_path / "copy")
    folder.rename(folder.with_name(store.name(made.sources, made.base, made.encoder)))
    assert decided(made) == decided(ground(less))


def test_only_what_changed_is_counted_again(tmp_path: Path, counted: Counted) -> None:
    stored(SMALL, tmp_path).index(dense=True)
    for bank, fresh_texts in (
        (SMALL | {"sql": ["changed", *SMALL["sql"][1:]]}, 6),
        (SMALL, 6),
        (SMALL | {"new": ["one more", "and another"]}, 2),
        ({name: SMALL[name] for name in DOMAINS[1:]}, 0),
    ):
        counted.texts, builds = 0, counted.builds
        found = stored(bank, tmp_path)
        found.index(dense=True)
        assert (counted.texts, counted.builds) == (fresh_texts, builds + 1)
        assert decided(found) == decided(ground(bank))
        assert len(list(tmp_path.iterdir())) == 1


def test_another_encoder_has_an_index_of_its_own(tmp_path: Path, counted: Counted) -> None:
    stored(SMALL, tmp_path).index(dense=True)
    counted.texts = 0
    stored(SMALL, tmp_path, "another").index(dense=True)
    assert (counted.texts, counted.builds, len(list(tmp_path.iterdir()))) == (0, 2, 2)


def test_rows_of_a_file_that_changed_meanwhile_are_counted_again() -> None:
    made = ground({"sql": ["one", "two"]})
    known = {made.sources[0].digest: material.counts(["one"])}
    found = material.gather(made.sources, made.base, hashed, known)
    assert [len(view) for view in found.terms] == [2 + made.base.count] * 3


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path, counted: Counted) -> None:
    (tmp_path / "cache").write_text("in the way", "utf-8")
    for _ in range(2):
        assert decided(stored(SMALL, tmp_path / "cache"))
    assert counted.builds == 2


def test_a_file_that_shrinks_while_it_is_read_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(100))
    found: Slices[np.int64] = Slices(tmp_path / "a.npy")
    assert found.take([(3, 5), (90, 91)]).tolist() == [3, 4, 90]
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-100])
    with pytest.raises(Exception, match="became shorter"):
        found[90:100]
