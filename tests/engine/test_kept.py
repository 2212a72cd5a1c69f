"""Kept K/V: only under its own mix, the longest prefix first, never more than its limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.engine.kept import Entry, Kept, as_ids, common

tokens = st.lists(st.integers(0, 2), max_size=8)
entries = st.lists(st.tuples(st.sampled_from("ab"), tokens.filter(bool)), max_size=12)


def shared(a: list[int], b: list[int]) -> int:
    length = 0
    while length < min(len(a), len(b)) and a[length] == b[length]:
        length += 1
    return length


def filled(kept: Kept[int], added: list[tuple[str, list[int]]]) -> None:
    for handle, (mix, ids) in enumerate(added):
        kept.add(Entry(mix, as_ids(ids), handle, len(ids)))


@given(tokens, tokens)
def test_the_common_prefix_is_the_common_prefix(a: list[int], b: list[int]) -> None:
    assert common(as_ids(a), as_ids(b)) == shared(a, b)


@given(entries, tokens, st.sampled_from("ab"))
def test_the_longest_prefix_of_the_same_mix_is_found(
    added: list[tuple[str, list[int]]], wanted: list[int], mix: str
) -> None:
    kept: Kept[int] = Kept(1000, lambda _: None)
    filled(kept, added)
    found, length = kept.best(mix, as_ids(wanted))
    assert length == max((shared(ids, wanted) for of, ids in added if of == mix), default=0)
    assert (found is None) == (length == 0)
    if found is not None:
        assert found.mix == mix
        assert shared(found.ids.tolist(), wanted) == length


@given(entries, st.integers(0, 20))
def test_it_never_weighs_more_than_its_limit_and_every_handle_leaves_once(
    added: list[tuple[str, list[int]]], limit: int
) -> None:
    left: list[int] = []
    kept: Kept[int] = Kept(limit, lambda entry: left.append(entry.handle))
    for handle, (mix, ids) in enumerate(added):
        kept.add(Entry(mix, as_ids(ids), handle, len(ids)))
        assert kept.size <= limit
    kept.clear()
    assert sorted(left) == list(range(len(added)))


def test_the_least_recently_used_goes_first() -> None:
    left: list[int] = []
    kept: Kept[int] = Kept(4, lambda entry: left.append(entry.handle))
    filled(kept, [("a", [1, 1]), ("a", [2, 2])])
    found, _ = kept.best("a", as_ids([1, 1]))
    assert found is not None
    kept.touch(found)
    kept.add(Entry("b", as_ids([3, 3]), 2, 2))
    assert left == [1]


def test_what_a_longer_one_begins_with_goes_at_once() -> None:
    left: list[int] = []
    kept: Kept[int] = Kept(100, lambda entry: left.append(entry.handle))
    filled(kept, [("a", [1, 2]), ("b", [1, 2]), ("a", [1, 2, 3])])
    assert left == [0]
    assert len(kept) == 2
