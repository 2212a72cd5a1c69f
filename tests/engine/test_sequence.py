"""Text comes out whole and early: characters never split, stop strings never shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import paths
from vortex_tui.engine.backends.hf_text import StreamDecoder, load_tokenizer
from vortex_tui.engine.protocol import Sampling
from vortex_tui.engine.sequence import Sequence, held_back

TOKENIZER = load_tokenizer(paths.nano() / "base")
END = frozenset({TOKENIZER.eos_token_id})


def sequence(limit: int = 10_000, *stop: str) -> Sequence:
    ticks = iter(range(10**6, 10**15, 10**6))
    return Sequence(Sampling(stop=stop), StreamDecoder(TOKENIZER), limit, 0, lambda: next(ticks))


def ids_of(text: str) -> list[int]:
    return list(TOKENIZER.encode(text, add_special_tokens=False))


def run(row: Sequence, ids: list[int]) -> list[str]:
    shown = []
    for token in ids:
        shown.append(row.push(token, END))
        if row.finish_reason is not None:
            break
    return shown


utf8 = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(lambda t: "<|" not in t)


@given(utf8)
def test_streamed_pieces_are_the_text_and_never_half_a_character(text: str) -> None:
    row = sequence()
    shown = run(row, [*ids_of(text), TOKENIZER.eos_token_id])
    assert "".join(shown) == row.text == text
    assert "\ufffd" in text or not any("\ufffd" in piece for piece in shown)
    assert row.finish_reason == "stop"


@given(utf8, st.text("ab", min_size=1, max_size=4), utf8)
def test_a_stop_string_and_what_follows_are_never_shown(before: str, stop: str, after: str) -> None:
    row = sequence(10_000, stop)
    whole = before + stop + after
    shown = "".join(run(row, ids_of(whole)))
    assert shown == row.text == whole[: whole.index(stop)]
    assert row.finish_reason == "stop_string"


def test_a_beginning_of_a_stop_string_is_shown_once_it_is_none() -> None:
    row = sequence(10_000, "abcd")
    assert "".join(run(row, ids_of("xabcx"))) == "xabcx"
    row = sequence(10_000, "abcd")
    pieces = run(row, ids_of("xab"))
    assert "".join(pieces) + row.finish("cancelled") == "xab"


def test_the_limit_ends_a_row_with_all_its_text() -> None:
    ids = ids_of("hello there, how are you")
    row = sequence(3)
    assert "".join(run(row, ids)) == TOKENIZER.decode(ids[:3])
    assert (row.tokens, row.finish_reason) == (3, "length")


def test_an_unfinished_character_at_the_end_is_marked_not_lost() -> None:
    ids = ids_of("é")
    assert len(ids) > 1
    row = sequence(1)
    assert "".join(run(row, ids)) == "\ufffd"


@given(st.text("ab", max_size=8), st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=3))
def test_held_back_is_the_longest_possible_beginning(text: str, stops: list[str]) -> None:
    possible = [n for n in range(len(text) + 1) if any(n < len(s) and text.endswith(s[:n]) for s in stops)]
    assert held_back(text, tuple(stops)) == max(possible)


def test_the_rate_is_of_the_last_second() -> None:
    row = sequence()
    run(row, ids_of("one two three four five six"))
    assert round(row.rate) == 1000
