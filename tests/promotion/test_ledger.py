"""Whatever is done to the ledger's bytes is noticed; what a crash leaves is not an alarm."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import paths
from vortex_tui.promotion import anchor, belonging, ledger
from vortex_tui.promotion.anchor import LedgerError
from vortex_tui.promotion.chain import Chain, Known, examine
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import GENESIS, Entry, Line, line
from vortex_tui.promotion.site import Site
from vortex_tui.promotion.verification import verify

KEY = b"k" * 32
COUNT = 6


def chained(count: int, key: bytes = KEY) -> list[Line]:
    made: list[Line] = []
    for seq in range(1, count + 1):
        previous = made[-1].hash if made else GENESIS
        entry = Entry(event="judged", domain="sums", reason=f"because {seq}")
        made.append(line(entry, seq, "2026-01-01T00:00:00+00:00", previous, key))
    return made


LINES = chained(COUNT)
RAWS = [made.compact() + b"\n" for made in LINES]
WHOLE = b"".join(RAWS)
KNOWN = Known(COUNT, LINES[-1].hash)


def seen(raw: bytes, known: Known = KNOWN) -> Chain:
    return examine(raw, KEY, known)


def noticed(raw: bytes) -> bool:
    found = seen(raw)
    return found.fault is not None or found.torn != b"" or found.ahead


def test_what_was_written_is_whole() -> None:
    assert seen(WHOLE) == Chain(tuple(LINES))
    assert not noticed(WHOLE)


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_any_byte_changed_is_noticed(place: int, change: int) -> None:
    raw = bytearray(WHOLE)
    raw[place] ^= change
    found = seen(bytes(raw))
    assert found.fault is not None
    changed = WHOLE.count(b"\n", 0, place) + 1
    assert found.fault.line == changed


@given(st.integers(0, COUNT - 1))
def test_any_line_removed_is_noticed_where_it_was(place: int) -> None:
    found = seen(b"".join(RAWS[:place] + RAWS[place + 1 :]))
    assert found.fault is not None
    assert found.fault.line == place + 1


@given(st.integers(0, len(WHOLE) - 1))
def test_any_truncation_is_noticed(length: int) -> None:
    found = seen(WHOLE[:length])
    assert found.fault is not None
    assert "missing" in found.fault.why


@given(st.permutations(range(COUNT)))
def test_any_other_order_is_noticed(order: list[int]) -> None:
    raw = b"".join(RAWS[place] for place in order)
    assert noticed(raw) == (order != sorted(order))


@given(st.binary(min_size=1))
def test_whatever_is_appended_is_noticed(rest: bytes) -> None:
    assert noticed(WHOLE + rest)


@given(st.integers(0, COUNT), st.binary(max_size=40))
def test_whatever_is_put_between_two_lines_is_noticed(place: int, rest: bytes) -> None:
    raw = b"".join([*RAWS[:place], rest, b"\n", *RAWS[place:]])
    assert seen(raw).fault is not None


@given(st.integers(0, COUNT - 1))
def test_an_old_line_said_again_is_noticed(place: int) -> None:
    found = seen(WHOLE + RAWS[place])
    assert found.fault is not None
    assert found.fault.line == COUNT + 1


def test_a_line_of_another_key_is_noticed() -> None:
    forged = line(Entry(event="promoted"), COUNT + 1, "t", LINES[-1].hash, b"x" * 32)
    found = seen(WHOLE + forged.compact() + b"\n")
    assert found.fault is not None
    assert "without the key" in found.fault.why


def test_one_genuine_line_more_is_a_crash_and_two_are_not() -> None:
    longer = chained(COUNT + 2)
    one = b"".join(made.compact() + b"\n" for made in longer[: COUNT + 1])
    two = b"".join(made.compact() + b"\n" for made in longer)
    assert (seen(one).fault, seen(one).ahead) == (None, True)
    assert seen(two).fault is not None
    # A crash before the next line was begun leaves no half of one.
    assert seen(one + b"{").fault is not None


def test_a_ledger_rewritten_with_the_key_is_noticed_by_its_anchor() -> None:
    rewritten = [line(Entry(event="judged"), 1, "t", GENESIS, KEY)]
    for seq in range(2, COUNT + 1):
        rewritten.append(line(Entry(event="judged"), seq, "t", rewritten[-1].hash, KEY))
    found = seen(b"".join(made.compact() + b"\n" for made in rewritten))
    assert found.fault is not None
    assert "rewritten" in found.fault.why


def test_an_approval_used_twice_is_noticed() -> None:
    first = line(Entry(event="promoting", nonce="n"), 1, "t", GENESIS, KEY)
    second = line(Entry(event="promoting", nonce="n"), 2, "t", first.hash, KEY)
    raw = b"".join(made.compact() + b"\n" for made in (first, second))
    found = examine(raw, KEY, Known(2, second.hash, frozenset({"n"})))
    assert found.fault is not None
    assert "used before" in found.fault.why
    found = examine(raw.splitlines(keepends=True)[0], KEY, Known(1, first.hash))
    assert found.fault is not None
    assert "anchor knows" in found.fault.why


# --- on the disk ------------------------------------------------------------------------------------------


class Killed(Exception):  # noqa: N818  what a test raises in place of a kill
    """The process ended here."""


def killed_at(wanted: str) -> ledger.OnStep:
    def step(name: str) -> None:
        if name == wanted:
            raise Killed

    return step


def entry(reason: str = "") -> Entry:
    return Entry(event="promoting", nonce=reason or None, reason=reason)


@pytest.mark.parametrize(
    ("step", "lines"), [("nonce spent", 1), ("promoting written", 2), ("promoting anchored", 2)]
)
def test_killed_at_any_step_nothing_is_lost_and_the_nonce_is_spent(site: Site, step: str, lines: int) -> None:
    Ledger(site.data_dir).append(Entry(event="judged"))
    with pytest.raises(Killed):
        Ledger(site.data_dir, killed_at(step)).append(entry("nonce"))
    assert verify(site.data_dir).ok
    known, chain = Ledger(site.data_dir).settle()
    assert known is not None
    assert (len(chain.lines), known.state.count, known.state.used) == (lines, lines, ("nonce",))
    with pytest.raises(LedgerError, match="used already"):
        Ledger(site.data_dir).append(entry("nonce"))
    Ledger(site.data_dir).append(Entry(event="judged"))
    assert verify(site.data_dir).ok


@pytest.mark.parametrize("killed", [None, "torn line kept", "torn line replaced"])
def test_half_a_line_is_kept_aside_and_said_and_frees_no_nonce(site: Site, killed: str | None) -> None:
    Ledger(site.data_dir).append(Entry(event="judged"))
    with pytest.raises(Killed):
        Ledger(site.data_dir, killed_at("nonce spent")).append(entry("nonce"))
    file = ledger.file_of(site.data_dir)
    torn = RAWS[0][:70]
    with file.open("ab") as opened:
        opened.write(torn)
    assert verify(site.data_dir).ok
    assert "never finished" in verify(site.data_dir).notes[0]
    if killed:
        with pytest.raises(Killed):
            Ledger(site.data_dir, killed_at(killed)).settle()
        assert verify(site.data_dir).ok
    with pytest.raises(LedgerError, match="used already"):
        Ledger(site.data_dir).append(entry("nonce"))
    found = verify(site.data_dir)
    assert (found.ok, found.notes) == (True, ())
    assert [each.event for each in found.lines] == ["judged", "torn_line"]
    (kept,) = file.parent.glob("promotions.torn-*")
    assert kept.read_bytes() == torn
    assert kept.name in found.lines[-1].reason


def filled(site: Site, count: int = 3) -> Path:
    for number in range(count):
        Ledger(site.data_dir).append(Entry(event="judged", reason=str(number)))
    return ledger.file_of(site.data_dir)


def test_nothing_is_added_to_a_broken_ledger(site: Site) -> None:
    file = filled(site)
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:2]))
    with pytest.raises(LedgerError, match="cannot be believed") as refusal:
        Ledger(site.data_dir).append(Entry(event="judged"))
    assert "line 3: it is missing" in refusal.value.found


def test_a_ledger_put_back_as_it_was_earlier_is_noticed(site: Site, tmp_path: Path) -> None:
    filled(site)
    shutil.copytree(site.data_dir, tmp_path / "backup")
    filled(site)
    shutil.rmtree(site.data_dir)
    shutil.copytree(tmp_path / "backup", site.data_dir)
    found = verify(site.data_dir)
    assert found.fault is not None
    assert "the anchor knows 6 lines" in found.fault.why


def test_a_ledger_that_is_gone_with_everything_else_is_noticed(site: Site) -> None:
    filled(site)
    shutil.rmtree(site.data_dir)
    with pytest.raises(LedgerError, match="is gone"):
        Ledger(site.data_dir).append(Entry(event="judged"))
    with pytest.raises(LedgerError, match="is gone"):
        verify(site.data_dir)


def test_a_moved_folder_keeps_its_ledger(site: Site, tmp_path: Path) -> None:
    filled(site)
    site.data_dir.rename(tmp_path / "moved")
    assert verify(tmp_path / "moved").ok
    Ledger(tmp_path / "moved").append(Entry(event="judged"))
    assert len(verify(tmp_path / "moved").lines) == 4
    # The old path is free for another one.
    filled(site)
    assert len(verify(site.data_dir).lines) == 3


def test_a_copy_is_refused_and_the_original_goes_on(site: Site, tmp_path: Path) -> None:
    filled(site)
    shutil.copytree(site.data_dir, tmp_path / "copy")
    with pytest.raises(LedgerError, match="is a copy"):
        Ledger(tmp_path / "copy").append(Entry(event="judged"))
    filled(site, 1)
    assert verify(site.data_dir).ok


def test_a_ledger_of_another_machine_is_refused(site: Site, home: Path) -> None:
    filled(site)
    shutil.rmtree(home)
    with pytest.raises(LedgerError, match="is not here"):
        verify(site.data_dir)


def test_lines_without_an_anchor_are_not_believed(site: Site) -> None:
    file = ledger.file_of(site.data_dir)
    file.parent.mkdir(parents=True)
    file.write_bytes(WHOLE)
    assert not verify(site.data_dir).ok
    with pytest.raises(LedgerError, match="cannot be believed"):
        Ledger(site.data_dir).append(Entry(event="judged"))


def _anchor_files(home: Path) -> Iterator[Path]:
    return (file for file in (home / "anchors").rglob("*") if file.is_file())


def test_any_byte_of_the_anchor_changed_is_noticed(site: Site, home: Path) -> None:
    filled(site)
    for file in list(_anchor_files(home)):
        kept = file.read_bytes()
        for place in range(len(kept.rstrip(b"\n"))):
            file.write_bytes(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
            with pytest.raises(LedgerError):
                verify(site.data_dir)
        file.write_bytes(kept)
    assert verify(site.data_dir).ok


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has no modes")
def test_a_key_that_others_may_read_is_refused(site: Site, home: Path) -> None:
    filled(site)
    (key,) = (home / "anchors").glob("*/key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    key.chmod(0o644)
    with pytest.raises(LedgerError, match="can be read by others"):
        verify(site.data_dir)


def test_looking_leaves_nothing_behind(site: Site, home: Path) -> None:
    assert verify(site.data_dir).ok
    assert not site.data_dir.exists()
    assert not home.exists()


def test_a_first_use_that_was_killed_half_way_is_taken_up(
    site: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(belonging, "name", killed)
        with pytest.raises(Killed):
            filled(site)
    filled(site)
    assert len(list((home / "anchors").iterdir())) == 1
    assert len(verify(site.data_dir).lines) == 3


def test_the_users_folder_is_where_it_is_kept() -> None:
    assert anchor.home() == paths.user_data() / "anchors"
