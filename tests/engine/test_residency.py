"""Who stays in memory, who leaves, and what is said when the slots are too few: nano's adapters, no model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vortex_tui import paths
from vortex_tui.engine.residency import Residents
from vortex_tui.engine.working_set import WINDOW
from vortex_tui.errors import BudgetError, ExpertError
from vortex_tui.experts import adapter, bank, manifest, mix
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.bank import BankEntry
from vortex_tui.experts.mix import Mix, MixPart

BANK = bank.scan(None, [paths.nano() / "experts"])
BASE = bank.usable(BANK[0]).base_fingerprint


class Weights:
    """What Residents needs of a backend: it keeps what was attached, in order."""

    heeds_patterns = True
    value_bytes = 4

    def __init__(self) -> None:
        self.attached: list[str] = []

    def attach(self, adapter: Adapter) -> None:
        self.attached.append(adapter.content_hash)

    def detach(self, content_hash: str) -> None:
        self.attached.remove(content_hash)


def residents(capacity: int, room: int | None = None) -> Residents:
    return Residents(Weights(), BASE, capacity, room)


def mixed(*entries: BankEntry) -> Mix:
    cards = map(bank.usable, entries)
    return mix.make([MixPart(card.id, card.content_hash, 1.0) for card in cards])


def answer(kept: Residents, *entries: BankEntry) -> float:
    """One answer under the mix of these experts; milliseconds that they took to load."""
    with kept.holding(mixed(*entries), lambda name: bank.find(name, BANK)) as spent:
        return spent


def test_the_least_recently_used_leaves_first() -> None:
    kept = residents(3)
    for entry in BANK[:3]:
        answer(kept, entry)
    assert answer(kept, BANK[0]) == 0.0
    assert answer(kept, BANK[3]) > 0.0
    assert kept.ids == (BANK[2].id, BANK[0].id, BANK[3].id)


def test_one_in_use_never_leaves() -> None:
    kept = residents(2)
    with kept.holding(mixed(BANK[0]), lambda name: bank.find(name, BANK)):
        for entry in BANK[1:6]:
            answer(kept, entry)
        assert kept.ids == (BANK[0].id, BANK[5].id)
        with pytest.raises(BudgetError, match="every expert that may be resident is in use"):
            answer(kept, BANK[1], BANK[2])
        with pytest.raises(BudgetError, match="is in use"):
            kept.detach(bank.usable(BANK[0]).content_hash)
    answer(kept, BANK[1], BANK[2])
    assert kept.idle


def size_of(entry: BankEntry) -> int:
    """Bytes of an expert of nano's in memory, four to a value; on the disk a value has two."""
    return adapter.read(bank.usable(entry).reread(), entry.folder).values * 4


def test_experts_leave_when_bytes_run_out_before_places_do() -> None:
    kept = residents(6, room=2 * max(map(size_of, BANK)))
    for entry in BANK[:3]:
        answer(kept, entry)
    assert kept.ids == (BANK[1].id, BANK[2].id)


def test_an_expert_beyond_all_there_is_is_refused_and_nobody_leaves_for_it() -> None:
    kept = residents(6, room=size_of(BANK[0]) - 1)
    with pytest.raises(BudgetError, match="does not fit in the budget") as refusal:
        answer(kept, BANK[0])
    assert "MiB or less" in refusal.value.expected
    assert kept.ids == ()
    assert kept.idle


def test_bytes_in_use_make_others_wait_and_are_told_when_nobody_can_leave() -> None:
    kept = residents(6, room=size_of(BANK[0]) + 1)
    answer(kept, BANK[1])
    with kept.holding(mixed(BANK[0]), lambda name: bank.find(name, BANK)):
        assert not kept.has_room(mixed(BANK[1]))
        with pytest.raises(BudgetError, match="is in use") as refusal:
            answer(kept, BANK[1])
        assert "MiB" in refusal.value.found
    assert kept.has_room(mixed(BANK[1]))


def test_slots_that_are_enough_are_not_warned_of() -> None:
    kept = residents(4)
    for _ in range(WINDOW):
        for entry in BANK[:4]:
            answer(kept, entry)
    assert kept.warnings == ()


def test_a_bank_that_is_used_once_through_is_not_warned_of() -> None:
    kept = residents(2)
    for entry in BANK:
        answer(kept, entry)
    assert kept.warnings == ()


def test_a_working_set_beyond_the_slots_is_told_with_its_figures() -> None:
    kept = residents(2)
    for entry in BANK[:3] * 4:
        answer(kept, entry)
    (warning,) = kept.warnings
    assert warning == (
        "3 experts were used in the last 12 answers, 2 fit: 9 times one was loaded again; "
        "raise experts.max_loaded"
    )


def test_the_warning_goes_when_what_it_tells_has_passed() -> None:
    kept = residents(2)
    for entry in BANK[:3] * 4:
        answer(kept, entry)
    assert kept.warnings
    for _ in range(WINDOW):
        answer(kept, BANK[0])
    assert kept.warnings == ()


def test_an_expert_that_left_long_ago_is_not_loaded_again_but_anew() -> None:
    kept = residents(1)
    answer(kept, BANK[0])
    for _ in range(8):
        answer(kept, BANK[1])
        for _ in range(WINDOW):
            answer(kept, BANK[1])
        answer(kept, BANK[0])
        for _ in range(WINDOW):
            answer(kept, BANK[0])
    assert kept.warnings == ()


def test_answers_of_the_base_alone_count_as_answers() -> None:
    kept = residents(2)
    for entry in BANK[:3] * 4:
        answer(kept, entry)
    for _ in range(WINDOW):
        answer(kept)
    assert kept.warnings == ()


def test_a_manifest_that_changed_since_the_bank_was_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / BANK[0].id
    shutil.copytree(BANK[0].folder, folder)
    (entry,) = bank.scan(BASE, [tmp_path], tmp_path / "cache")
    file = folder / manifest.MANIFEST
    other = bank.usable(BANK[1])
    told = json.loads(file.read_text("utf-8")) | {"content_hash": other.content_hash}
    file.write_text(json.dumps(told), "utf-8")
    kept = residents(2)
    with pytest.raises(ExpertError, match="changed after the bank was read"):
        kept.attach(entry)
    assert kept.ids == ()


def test_a_new_title_does_not_keep_an_expert_from_answering(tmp_path: Path) -> None:
    folder = tmp_path / BANK[0].id
    shutil.copytree(BANK[0].folder, folder)
    (entry,) = bank.scan(BASE, [tmp_path])
    file = folder / manifest.MANIFEST
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"title": "New"}), "utf-8")
    assert residents(1).attach(entry) > 0.0
