"""Words, history, themes and readings without a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Script

from vortex_tui import paths
from vortex_tui.engine.protocol import Token
from vortex_tui.telemetry.split import Split
from vortex_tui.tui import themes, words
from vortex_tui.tui.readings import Readings
from vortex_tui.tui.widgets import memory_bar
from vortex_tui.tui.widgets.history import History


def test_a_constant_rate_is_drawn_at_its_own_height_and_not_at_the_bottom():
    history = History()
    for _ in range(5):
        history.add(50.0)
    assert history.cells(5) == "█████"
    history.add(99.0)
    assert history.top == 100
    assert history.cells(6) == "▅▅▅▅▅█"


def test_close_values_look_close():
    history = History()
    for value in (98.0, 99.0):
        history.add(value)
    assert history.cells(2) == "██"


def test_the_scale_does_not_shrink():
    history = History(size=2)
    for value in (90.0, 5.0, 5.0):
        history.add(value)
    assert history.top == 100
    assert history.cells(2) == "▁▁"


@pytest.mark.parametrize(
    ("fraction", "filled"), [(-1.0, 0), (0.0, 0), (0.001, 1), (0.5, 5), (1.0, 10), (7.0, 10)]
)
def test_a_bar_stays_in_its_width(fraction, filled):
    full, empty = words.bar(fraction, 10)
    assert (len(full), len(full) + len(empty)) == (filled, 10)


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (0.0, "0%"),
        (0.004, "<1%"),
        (0.006, "1%"),
        (0.5, "50%"),
        (0.994, "99%"),
        (0.9999, ">99%"),
        (1.0, "100%"),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(probability, shown):
    assert words.percent(probability) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.7, ".70"), (1.0, "1.00"), (0.05, ".05"), (0.0, ".00"), (-0.5, "-0.50")]
)
def test_a_share(value, shown):
    assert words.share(value) == shown


def test_rates_and_memory():
    assert words.rate(84.31) == "84.3 t/s"
    assert words.rate(1900) == "1.9k t/s"
    assert words.memory(412) == "412M"
    assert words.memory(13414) == "13.1G"


def test_what_was_left_out_of_a_prompt_is_said():
    done = Script("x").done(["x"]).model_copy(update={"dropped_turns": 2})
    assert "2 earlier turns left out to fit" in words.figures(done)


def test_rates_come_from_the_engine_and_are_sampled_no_more_than_twice_a_second():
    now = [0.0]
    readings = Readings(lambda: now[0])
    for i in range(10):
        now[0] = 1 + i * 0.1
        readings.heard(Token(id=1, text="x", tokens=i + 1, rate=70.0 + i))
    assert readings.rate == 79.0
    assert len(readings.history) == 2
    readings.heard(Script("a", "b").done(["a", "b"]))
    assert readings.history.last == 84.3
    assert not readings.running


def test_every_shipped_theme_is_whole():
    found = {file.stem for file in paths.shipped_themes().glob("*.toml")}
    assert {"vortex-dark", "vortex-light", "vortex-contrast"} <= found
    for name in found:
        assert themes.read(paths.shipped_themes() / f"{name}.toml").to_color_system().generate()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not toml", "Expected"),
        ('primery = "#fff"', "primary"),
        ('primary = "no colour"', "no colour"),
        ('primary = "#fff"\ndark = "yes"', "true or false"),
        ('primary = "#fff"\ntext_alpha = "1"', "a number"),
        ('primary = "#fff"\n[variables]\na = 1', "table"),
        ("dark = true", "primary"),
    ],
)
def test_a_broken_theme_is_refused_in_words(tmp_path, text, says):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(themes.ThemeError) as caught:
        themes.read(file)
    assert says in str(caught.value)
    assert "mine.toml" in str(caught.value)


WHOLE = Split(400.0, 100.0, 100.0, other_mb=100.0, others_mb=100.0)


def test_memory_is_stacked_in_the_order_of_its_legend_and_the_budget_is_marked():
    drawn = memory_bar.stacked(memory_bar.bands(WHOLE), 1000.0, 900.0, 10).plain
    assert drawn == "████▓▒▚▞░┃"
    rows = [row.plain for row in memory_bar.legend(memory_bar.bands(WHOLE), 900.0, 30)]
    assert [row.split("  ")[0] for row in rows] == [
        "█ weights 400M ▓ experts 100M",
        "▒ K/V 100M",
        "▞ others 100M",
    ]
    assert all(len(row) <= 30 for row in rows)


def test_what_is_not_known_of_memory_has_no_part_in_the_bar():
    assert memory_bar.bands(Split()) == []
    assert memory_bar.stacked([], None, 900.0, 4).plain == "░░░░"
    only = memory_bar.bands(Split(rest_mb=500.0))
    assert [band.name for band in only] == ["used"]
    assert memory_bar.stacked(only, 1000.0, None, 4).plain == "▞▞░░"


@given(
    st.lists(st.none() | st.floats(0, 1e5), min_size=6, max_size=6),
    st.floats(0, 1e5),
    st.none() | st.floats(0, 1e5),
    st.integers(0, 40),
)
def test_a_stacked_bar_stays_in_its_width(parts, total, limit, width):
    assert memory_bar.stacked(memory_bar.bands(Split(*parts)), total, limit, width).cell_length == width


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_contrast_theme_has_the_contrast_it_says():
    theme = themes.read(paths.shipped_themes() / "vortex-contrast.toml")
    dark = _luminance(theme.background)
    for name in ("primary", "secondary", "accent", "success", "warning", "error", "foreground"):
        assert (_luminance(getattr(theme, name)) + 0.05) / (dark + 0.05) >= 7, name
