"""Foreign text on a terminal: nothing acts, nothing hides."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.escape import one_line, visible

ANY = st.text(st.characters())  # Lone surrogates too: file names have them.
ACTS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
ALLOWED = set("\n\t\u200c\u200d")


@given(ANY)
def test_nothing_that_acts_on_a_terminal_is_left(text: str) -> None:
    left = {char for char in visible(text) if unicodedata.category(char) in ACTS}
    assert left <= ALLOWED


@given(ANY, ANY)
def test_pieces_of_a_stream_are_escaped_as_the_whole(first: str, second: str) -> None:
    assert visible(first) + visible(second) == visible(first + second)


@given(ANY)
def test_escaped_text_is_escaped_to_itself(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_of_any_script_is_untouched(text: str) -> None:
    assert visible(text) == text


@given(ANY)
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert "\t" not in one_line(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\rb", "a\\x0db"),
        ("\x9b2J", "\\x9b2J"),
        ("safe\u202egnp.exe", "safe\\u202egnp.exe"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_known_tricks(text: str, shown: str) -> None:
    assert visible(text) == shown
