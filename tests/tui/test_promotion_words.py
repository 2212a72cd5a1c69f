"""Bars, curves and ages of the promotion screen, without a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import quarantined
from vortex_tui.promotion.drawing import figure, places
from vortex_tui.promotion.report import GateReport
from vortex_tui.tui.widgets.candidate_list import age
from vortex_tui.tui.widgets.gate_bar import WIDTH, gate_bar
from vortex_tui.tui.widgets.moved_prompts import moved_content
from vortex_tui.tui.widgets.provenance import cells, provenance_content

NUMBERS = st.floats(-1e6, 1e6)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_bar_has_its_width_and_holds_interval_value_and_threshold(one, two, three, limit):
    low, value, high = sorted((one, two, three))
    gate = quarantined.gate("gain", value=value, low=low, high=high, threshold=limit)
    found = places(gate, WIDTH)
    assert 0 <= found.low <= found.value <= found.high < WIDTH
    assert 0 <= found.limit < WIDTH
    drawn = gate_bar(gate, "").plain
    assert len(drawn) == WIDTH
    assert drawn.count("┃") == 1
    assert (found.limit < found.low) <= (limit < low)
    assert (found.limit > found.high) <= (limit > high)


def test_a_gate_without_an_interval_has_no_bar_and_its_figures():
    gate = quarantined.gate("samples", value=120, low=None, high=None, threshold=60)
    assert gate_bar(gate, "").plain == " " * WIDTH
    assert (figure(gate, gate.value), figure(gate, gate.threshold), figure(gate, None)) == ("120", "60", "")


@given(st.lists(st.floats(0, 20), min_size=1, max_size=500), st.integers(1, 60))
def test_a_curve_is_on_a_fixed_scale_and_never_wider_than_its_place(losses, width):
    drawn = cells(losses, 20.0, width)
    assert len(drawn) == min(width, len(losses))
    assert cells([10.0] * len(losses), 20.0, width) == "▅" * len(drawn)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "?"), (-5.0, "?"), (3, "now"), (61, "1 min"), (7200, "2 h"), (400000, "5 d")],
)
def test_an_age_is_told_in_its_largest_unit(seconds, words):
    assert age(seconds) == words


def test_a_manifest_may_hold_anything_where_its_training_is_told(tmp_path):
    where = quarantined.site(tmp_path)
    odd = {"curve": [None, "x", True, {"loss": float("inf")}, {"loss": 1.0}, 3], "base": 7, "data": ["a"]}
    quarantined.candidate(where, "arithmetic/odd", **odd)
    (entry,) = where.candidates()
    told = provenance_content(entry.manifest.reread()).plain
    assert "0–5 nats, 1.000 → 3.000" in told
    assert "the manifest names none by hash" in told
    assert provenance_content(None).plain


def test_what_moves_is_summed_up_and_the_rest_is_counted(tmp_path):
    where = quarantined.site(tmp_path)
    many = tuple(quarantined.MOVED[1] for _ in range(300))
    report = quarantined.report(
        where, quarantined.candidate(where, "arithmetic/one"), moved=many, known=False
    )
    told = moved_content(report).plain
    assert "300 prompts move: ✗ worse 0   = same 0   ✓ better 300" in told
    assert "300 × arithmetic: base → arithmetic/one 1.00" in told
    assert "and 200 more" in told
    assert "Not judged" in moved_content(None).plain
    assert "No prompt" in moved_content(GateReport.model_validate(report.model_dump() | {"moved": ()})).plain
