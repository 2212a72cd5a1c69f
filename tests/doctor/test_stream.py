"""Checks run side by side, are told as they finish, and are reported in the order of their list."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import profile
from vortex_tui.doctor import run
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.report import Check, report
from vortex_tui.doctor.run import SHALLOW, Row, again, examine, stream

HERE = Context(profile.load("nano"), Path("unused"))


def passing(_: Context) -> Finding:
    return Finding("pass", "fine")


def test_a_hanging_check_is_given_up_and_is_a_failure() -> None:
    never = threading.Event()
    rows = [Row("stuck", "Stuck", lambda _: never.wait() and Finding("pass"), 0.2), Row("y", "Y", passing)]
    started = time.monotonic()
    told = examine(rows, HERE)
    assert time.monotonic() - started < 5
    assert [check.status for check in told] == ["fail", "pass"]
    assert "did not finish within 0.2 s" in told.checks[0].found
    assert told.checks[0].mend
    never.set()


def test_what_comes_after_it_was_given_up_is_not_told_again() -> None:
    late = threading.Event()

    def slow(_: Context) -> Finding:
        late.wait(5)
        return Finding("pass")

    told = []
    for check in stream([Row("slow", "Slow", slow, 0.1), Row("y", "Y", lambda _: wait(late))], HERE):
        told.append(check.id)
        late.set()
    assert sorted(told) == ["slow", "y"]


def wait(event: threading.Event) -> Finding:
    event.wait(5)
    time.sleep(0.1)
    return Finding("pass")


def test_the_order_of_finishing_is_told_and_the_order_of_the_list_is_reported() -> None:
    second_is_done = threading.Event()

    def first(_: Context) -> Finding:
        assert second_is_done.wait(5)
        return Finding("pass")

    def second(_: Context) -> Finding:
        second_is_done.set()
        return Finding("pass")

    # The first one waits for the second: side by side, or never.
    told = list(stream([Row("a", "A", first), Row("b", "B", second)], HERE))
    assert {check.id for check in told} == {"a", "b"}
    assert [check.id for check in report(told)] == ["a", "b"]


@given(st.permutations([Check(str(place), "", "pass", place=place) for place in range(8)]))
def test_a_report_does_not_depend_on_the_order_of_finishing(checks: list[Check]) -> None:
    assert [check.id for check in report(checks)] == [str(place) for place in range(8)]


@pytest.mark.parametrize("error", [RuntimeError("7"), KeyError("k"), RecursionError()])
def test_a_crash_is_a_failure_in_words(error: Exception) -> None:
    def crash(_: Context) -> Finding:
        raise error

    (check,) = examine([Row("x", "X", crash)], HERE)
    assert (check.status, type(error).__name__ in check.found, bool(check.mend)) == ("fail", True, True)


def test_every_check_has_an_id_a_title_and_a_time_limit_of_its_own() -> None:
    assert len({row.id for row in SHALLOW}) == len(SHALLOW)
    assert all(row.title and 0 < row.seconds <= 600 for row in SHALLOW)


def test_one_check_is_made_again_in_its_place(tmp_path: Path) -> None:
    first = run.shallow(profile.load("nano"), tmp_path)
    (tmp_path / "APPROVE_PROMOTION").touch()
    anew = again("approval", Context(profile.load("nano"), tmp_path))
    assert anew.status == "warn"
    told = report([*first, anew])
    assert [check.id for check in told] == [check.id for check in first]
    assert told.find("approval") is anew


def test_the_json_of_a_check_has_these_keys_and_no_others(tmp_path: Path) -> None:
    told = run.shallow(profile.load("nano"), tmp_path).to_json()
    assert told.keys() == {"schema", "ok", "counts", "checks"}
    keys = {"id", "title", "status", "found", "expected", "mend", "ms", "details"}
    assert all(check.keys() == keys for check in told["checks"])
