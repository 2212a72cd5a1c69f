"""The bench's screen: measured on the session's own engine, stopped, kept, compared."""

from __future__ import annotations

import asyncio
import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screentext import ask, shown
from scripted import Script, ScriptedEngine, expert
from textual.color import Color

from tests.support import benches
from vortex_tui import profile as profiles
from vortex_tui.bench import baseline, history, kept
from vortex_tui.errors import EngineDiedError
from vortex_tui.tui.widgets.bench_plots import PastPlot, RunsPlot, round_marks

# The shipped experts: a bench asks for their exemplars.
BANK = tuple(expert(name, run="release-404d13a3") for name in ("arithmetic", "units", "sql"))
WIDE = (160, 48)


def answering(*scripts: Script, rate: float = 71.2) -> ScriptedEngine:
    """An engine whose answers have three tokens: enough for every figure of a bench."""
    engine = ScriptedEngine(*scripts, bank=BANK)
    engine.unscripted = lambda: Script("a", "b", "c", mix={"arithmetic": 1.0}, rate=rate)
    return engine


def holding(after: int) -> ScriptedEngine:
    """The same, and the answer after that many waits in its middle."""
    engine, numbers = answering(), count()

    def script() -> Script:
        held = 1 if next(numbers) == after else None
        return Script("a", "b", "c", mix={"arithmetic": 1.0}, hold_after=held)

    engine.unscripted = script
    return engine


def keep(folder, *benched):
    """Leave benches in an app's data folder."""
    for one in benched:
        kept.keep(folder / "data", one)


def baselines(folder):
    return baseline.read(baseline.path_in(folder / "data")).entries


async def opened(app, pilot, until):
    """The bench's screen on a loaded model."""
    await until(pilot, lambda: app.session.ready is not None)
    await pilot.press("f8")
    await until(pilot, lambda: "Bench  profile nano" in shown(app))


async def test_f8_measures_on_the_engine_of_the_session_and_shows_the_verdicts(make_app, until, tmp_path):
    engine = answering()
    app = make_app(engine)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until)
        assert "Nothing was measured" in shown(app)
        await pilot.press("r")
        await until(pilot, lambda: "measured just now" in shown(app))
        for words in (
            "✗ failed",
            "min_tokens_per_sec  71.2 tokens/s",
            "no baseline for this machine",
            "512 tokens of context, at least 4096 wanted",
            "routed, short",
            "71.2 ±0.0",
            "arithmetic 1.00",
            "RAM 450M · VRAM n/a",
            "5 runs of 32 tokens",
        ):
            assert words in shown(app)
        assert "○" not in shown(app)
    assert len(engine.loaded) == 1
    report = json.loads((tmp_path / "data/bench/last_nano.json").read_text())
    assert report["settings"]["headline"] == "routed"
    assert len((tmp_path / "data/bench/history.jsonl").read_text().splitlines()) == 1


async def test_progress_says_which_case_and_how_much_is_done(make_app, until):
    app = make_app(holding(after=30))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("r")
        await until(pilot, lambda: "45%  mix switched" in shown(app))
        assert "measuring; questions of the chat wait" in shown(app)
        assert "Esc Stop" in shown(app)


async def test_escape_stops_it_and_nothing_is_kept_and_escape_again_leaves(make_app, until, tmp_path):
    app = make_app(holding(after=20))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("r")
        await until(pilot, lambda: "% " in shown(app) and "Esc Stop" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Esc Chat" in shown(app))
        assert "nothing measured yet" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Prompt" in shown(app))
        await ask(pilot, "x")
        await until(pilot, lambda: "3 tok" in shown(app))
    assert not (tmp_path / "data/bench").exists()


async def test_a_question_waits_for_the_bench_and_is_answered_after_it(make_app, until):
    engine = holding(after=20)
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("r")
        await until(pilot, lambda: len(engine.asked) == 21)
        await pilot.press("f2")
        await ask(pilot, "What is 37 + 58?")
        await until(pilot, lambda: "1 queued" in shown(app))
        assert "● bench " in shown(app)
        assert len(engine.asked) == 21
        await pilot.press("f8")
        await until(pilot, lambda: "Esc Stop" in shown(app))
        await pilot.press("escape", "f2")
        await until(pilot, lambda: "3 tok" in shown(app))
        assert "● ready" in shown(app)
        assert engine.asked[-1][-1].content == "What is 37 + 58?"


async def test_a_bench_waits_for_the_answer_that_runs_and_goes_before_the_next(make_app, until):
    talk = Script("one ", "two", hold_after=1)
    engine = answering(talk)
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "first")
        await until(pilot, lambda: "one" in shown(app))
        await ask(pilot, "second")
        await pilot.press("f8", "r")
        await until(pilot, lambda: "waiting for the answer that runs" in shown(app))
        assert len(engine.asked) == 1
        talk.hold.set()
        await until(pilot, lambda: "measured just now" in shown(app))
        await pilot.press("f2")
        second = app.main.conversation.turns[1]
        await until(pilot, lambda: second.over)
        assert engine.asked[-1][-1].content == "second"
        assert len(engine.asked) > 50


async def test_a_question_dropped_while_it_waited_is_not_asked(make_app, until):
    engine = holding(after=20)
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("r")
        await until(pilot, lambda: len(engine.asked) == 21)
        await pilot.press("f2")
        await ask(pilot, "never mind")
        await pilot.press("escape")
        await until(pilot, lambda: "cancelled before it was asked" in shown(app))
        await pilot.press("f8", "escape")
        await until(pilot, lambda: "Esc Chat" in shown(app))
        await app.workers.wait_for_complete()
        assert len(engine.asked) == 21


async def test_with_nothing_measured_the_last_kept_bench_is_shown(make_app, until, tmp_path):
    keep(tmp_path, benches.bench())
    app = make_app(ScriptedEngine(held=True))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("f8")
        await until(pilot, lambda: "the bench of 2026-01-02 08:30" in shown(app))
        for words in (
            "? open",
            "✗ failed",
            "– n/a",
            "✓ passed",
            "no baseline to compare with",
            "arithmetic .70",
        ):
            assert words in shown(app)
        assert "benches of this kind" not in shown(app)
        await pilot.press("r")
        await until(pilot, lambda: "The model is not loaded" in shown(app))


async def test_a_mocks_last_bench_is_not_the_profiles_own(make_app, until, tmp_path):
    keep(tmp_path, benches.bench(mock=True))
    app = make_app(ScriptedEngine())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await app.workers.wait_for_complete()
        assert "nothing measured yet" in shown(app)
    app = make_app(ScriptedEngine(), mock=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f8")
        await until(pilot, lambda: "profile nano on nano (--mock): the bench of" in shown(app))


async def test_runs_are_plotted_against_the_baseline_and_earlier_benches_behind(make_app, until, tmp_path):
    lines = history.path_in(tmp_path / "data")
    for number in range(3):
        history.append(lines, benches.past(number, rate=80.0 + number))
    history.append(lines, benches.past(7, host="b" * 16))
    keep(tmp_path, benches.bench())
    known = benches.bench((70.0,) * 10, created="2026-01-01T08:00:00").entry
    baseline.update(baseline.path_in(tmp_path / "data"), known)
    with lines.open("ab") as file:
        file.write(b"{damaged\n")
    app = make_app(ScriptedEngine())
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until)
        await until(pilot, lambda: "○ the baseline of 2026-01-01 08:00" in shown(app))
        assert "4 benches of this kind" in shown(app)
        assert "! 1 damaged line of the history passed over" in shown(app)
        runs = app.screen.query_one(RunsPlot).render().plain
        assert (runs.count("●"), runs.count("○")) == (5, 10)
        earlier = app.screen.query_one(PastPlot).render().plain
        assert (earlier.count("●"), earlier.count("○")) == (1, 3)


async def test_s_offers_a_bench_of_ten_runs_and_asks_before_it_keeps_it(make_app, until, tmp_path):
    app = make_app(answering())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("s")
        await until(pilot, lambda: "takes a bench of 10 runs" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: "takes a bench" not in shown(app))
        assert "nothing measured yet" in shown(app)
        await pilot.press("s")
        await until(pilot, lambda: "takes a bench of 10 runs" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "Keep this bench as the baseline of nano?" in shown(app))
        assert baselines(tmp_path) == ()
        await pilot.press("y")
        await until(pilot, lambda: "measured just now, the baseline" in shown(app))
    (entry,) = baselines(tmp_path)
    assert entry.tokens_per_sec == (71.2,) * 10
    assert entry.key.profile == "nano"
    assert not entry.key.mock


async def test_a_bench_that_is_not_kept_as_the_baseline_may_be_later(make_app, until, tmp_path):
    app = make_app(answering(rate=50.0), profiles.load("nano"))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("s")
        await until(pilot, lambda: "10 runs" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "Keep this bench" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: "Keep this bench" not in shown(app))
        assert baselines(tmp_path) == ()
        await pilot.press("s")
        await until(pilot, lambda: "Keep this bench" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: len(baselines(tmp_path)) == 1)


async def test_a_bench_is_judged_by_the_baseline_that_was_kept_here(make_app, until):
    engine = answering(rate=100.0)
    app = make_app(engine)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until)
        await pilot.press("s")
        await until(pilot, lambda: "10 runs" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "Keep this bench" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "measured just now, the baseline" in shown(app))
        engine.unscripted = answering(rate=50.0).unscripted
        await pilot.press("r")
        await until(pilot, lambda: "0.50 of the baseline" in shown(app))
        assert "✗ failed  max_regression" in shown(app)
        assert "○ the baseline of" in shown(app)


async def test_an_engine_that_dies_in_mid_bench_is_told_and_the_screen_stays(make_app, until, tmp_path):
    engine, numbers = answering(), count()
    error = EngineDiedError("the engine ended in the middle of its work", found="killed by signal 9")
    engine.unscripted = lambda: Script("a", "b", error=error if next(numbers) == 12 else None)
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("r")
        await until(pilot, lambda: "killed by signal 9" in shown(app))
        assert "Esc Chat" in shown(app)
        assert not app.session.alone.locked()
    assert not (tmp_path / "data/bench").exists()


async def test_a_damaged_baseline_is_told_before_anything_is_measured(make_app, until, tmp_path):
    file = baseline.path_in(tmp_path / "data")
    file.parent.mkdir(parents=True)
    file.write_text("{")
    engine = answering()
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("r")
        await until(pilot, lambda: "move the file away" in shown(app))
        assert engine.asked == []
    assert file.read_text() == "{"


async def test_taking_nano_stops_the_bench_of_the_model_that_goes(make_app, until):
    engine = holding(after=20)
    app = make_app(engine, profiles.load("rtx4080_16gb_120b_like"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.session.ready is not None)
        await pilot.press("f8", "r")
        await until(pilot, lambda: "Esc Stop" in shown(app))
        await pilot.press("f4", "n")
        await until(pilot, lambda: len(engine.loaded) == 2)
        assert app.session.mocked
        assert not app.session.alone.locked()
        await pilot.press("f8")
        await until(pilot, lambda: "on nano (--mock): nothing measured" in shown(app))


async def test_what_a_file_says_cannot_act_on_the_terminal(make_app, until, tmp_path):
    benched = benches.bench()
    odd = benched.report.cases[0].model_copy(update={"title": "\x1b[2Jcase"})
    told = benched.report.model_copy(update={"cases": (odd,), "created": "\x1b]0;x\x07 [red]"})
    kept.keep(tmp_path / "data", type(benched)(told, benched.entry))
    app = make_app(ScriptedEngine())
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until)
        await until(pilot, lambda: "\\x1b[2Jcase" in shown(app))
        assert "\x1b" not in shown(app)
        assert "[red]" in shown(app)


@pytest.mark.parametrize("theme", ["vortex-light", "vortex-contrast"])
async def test_plots_take_the_colours_of_a_theme_that_is_switched_to(make_app, until, tmp_path, theme):
    keep(tmp_path, benches.bench())
    app = make_app(ScriptedEngine())
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until)
        await until(pilot, lambda: "the bench of" in shown(app))
        app.theme = theme
        await pilot.pause()
        plot = app.screen.query_one(RunsPlot).render()
        (dot,) = {str(span.style) for span in plot.spans if plot.plain[span.start] == "●"}
        accent = Color.parse(app.theme_variables["accent"]).hex.lower()
        assert accent in dot
        surface = Color.parse(app.theme_variables["surface"]).hex.lower()
        assert f"on {surface}" in dot


async def test_every_line_fits_into_80_columns_and_can_be_scrolled_to(make_app, until, tmp_path):
    keep(tmp_path, benches.bench(), benches.bench(created="2026-01-02T09:30:00"))
    app = make_app(ScriptedEngine())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await until(pilot, lambda: "case" in shown(app))
        assert "follow-up" in shown(app)
        await pilot.press("end")
        await until(pilot, lambda: "2 benches of this kind" in shown(app))
        assert app.screen.query_one("#bench-view").virtual_size.width <= 80
        assert "01-02" in shown(app)


async def test_without_a_data_folder_there_is_no_bench(until):
    from vortex_tui.profile import Profile
    from vortex_tui.tui.app import VortexApp

    app = VortexApp(ScriptedEngine(), Profile())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "F4 Doctor" in shown(app))
        assert "F8" not in shown(app)
        await pilot.press("f8")
        await asyncio.sleep(0)
        assert len(app.screen_stack) == 1


@given(st.floats(1e-3, 1e6))
def test_the_marks_of_an_axis_are_few_and_below_its_top(top):
    marks = round_marks(top)
    assert marks[0] == 0
    assert top * 0.6 <= marks[-1] <= top * (1 + 1e-6)
    assert 3 <= len(marks) <= 5
