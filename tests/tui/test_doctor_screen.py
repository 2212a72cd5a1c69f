"""What is missing is told on a screen with a way out, never by an exit."""

from __future__ import annotations

import threading

from screentext import ask, shown
from scripted import Script, ScriptedEngine

from vortex_tui import profile as profiles
from vortex_tui.doctor.fixes import Fix
from vortex_tui.doctor.report import Check, Report
from vortex_tui.errors import EngineBusyError, ModelError
from vortex_tui.tui.widgets.check_row import CheckRow
from vortex_tui.tui.widgets.prompt import Prompt

MISSING = Report(
    (
        Check("python", "Python", "pass", "3.11"),
        Check(
            "weights",
            "Weights",
            "fail",
            found="no folder /models/qwen; nothing in the cache /home/u/.cache/huggingface/hub",
            expected="a folder with config.json, tokenizer.json and *.safetensors",
            mend="set core.hf_model to the model's folder",
        ),
        Check("gpu", "GPU", "warn", "no NVIDIA GPU", "one with 15500 MiB", "without one the CPU answers"),
    )
)
PRESENT = Report((Check("weights", "Weights", "pass", "0.01 GiB"),))


def _big():
    return profiles.load("rtx4080_16gb_120b_like")


def _examine(profile):
    return PRESENT if profile.core.hf_model == "nano" else MISSING


async def test_missing_weights_open_the_doctor_with_where_it_looked_and_the_mend(make_app, until):
    engine = ScriptedEngine()
    app = make_app(engine, _big(), examine=_examine)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "something is missing" in shown(app))
        for words in ("no folder /models/qwen", "/.cache/huggingface/hub", "set core.hf_model", "nano"):
            assert words in shown(app)
        assert not engine.loaded
        assert engine.state.phase == "stopped"


async def test_a_report_known_before_the_start_is_shown_too(make_app, until):
    app = make_app(ScriptedEngine(), _big(), missing=MISSING)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "something is missing" in shown(app))


async def test_n_runs_the_profile_on_nano_and_answers_what_waits(make_app, until):
    engine = ScriptedEngine(Script("95"))
    app = make_app(engine, _big(), examine=_examine)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "something is missing" in shown(app))
        await pilot.press("f2")
        await ask(pilot, "What is 37 + 58?")
        await pilot.press("f4", "n")
        await until(pilot, lambda: "1 tok" in shown(app))
        assert "95" in shown(app)
        assert isinstance(app.focused, Prompt)
        (loaded,) = engine.loaded
        assert loaded == _big().mocked()
        assert loaded.budget == _big().budget


async def test_nano_itself_is_not_offered_nano(make_app, until):
    app = make_app(ScriptedEngine(), examine=_examine)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.session.ready is not None)
        await pilot.press("f4")
        await until(pilot, lambda: "nothing is missing" in shown(app))
        assert "On nano" not in shown(app)
        await pilot.press("n")
        await pilot.pause()
        assert "nothing is missing" in shown(app)


async def test_a_failed_load_opens_the_doctor_and_looking_again_loads(make_app, until):
    engine = ScriptedEngine(Script("95"))
    engine.load_error = ModelError(
        "the model is damaged", found="model.safetensors is cut", mend="copy it again"
    )
    app = make_app(engine, examine=_examine)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "the model is damaged" in shown(app))
        for words in ("model.safetensors is cut", "copy it again", "the engine could not load"):
            assert words in shown(app)
        engine.load_error = None
        await pilot.press("r")
        await until(pilot, lambda: app.session.ready is not None)
        await until(pilot, lambda: "could not load" not in shown(app))


async def test_an_engine_owned_by_another_is_told_in_words(make_app, until):
    engine = ScriptedEngine()
    engine.load_error = EngineBusyError("another process owns this engine", found="pid 42", mend="close it")
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "another process owns this engine" in shown(app))
        assert "pid 42" in shown(app)
        assert app.is_running


async def test_a_defect_in_the_engine_is_shown_and_the_screen_stays(make_app, until):
    engine = ScriptedEngine()
    engine.load_error = RuntimeError("boom")
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "boom" in shown(app))
        assert app.is_running


async def test_closing_the_app_closes_the_engine(make_app):
    engine = ScriptedEngine()
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+q")
    assert engine.closed


class ScriptedDoctor:
    """A doctor whose second look at anything is well, with one fix."""

    def __init__(self):
        self.asked = []
        self.mended = []

    def again(self, profile, id):  # noqa: ARG002
        self.asked.append(id)
        return Check(id, id.title(), "pass", "well now", ms=2500.0)

    def fix(self, profile, id):  # noqa: ARG002
        return Fix("Make the folder?", lambda: self.mended.append(id)) if id == "weights" else None


async def test_checks_are_shown_as_they_finish(make_app, until):
    rest = threading.Event()

    def examine(_):
        yield Check("python", "Python", "pass", "3.11", place=0)
        rest.wait(10)
        yield Check("web", "Web", "skip", "closed", place=2)
        yield Check("weights", "Weights", "fail", "none", place=1)

    app = make_app(ScriptedEngine(), _big(), examine=examine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "✓ Python" in shown(app))
        assert "looking" in shown(app)
        assert "Weights" not in shown(app)
        rest.set()
        await until(pilot, lambda: "something is missing" in shown(app))
        rows = [row.check.id for row in app.screen.query(CheckRow)]
        assert rows == ["weights", "python", "web"]
        for mark in ("✗ Weights", "✓ Python", "– Web"):
            assert mark in shown(app)


async def test_one_check_is_made_again_and_shows_its_time(make_app, until):
    doctor = ScriptedDoctor()
    app = make_app(ScriptedEngine(), _big(), examine=_examine, doctor=doctor)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "something is missing" in shown(app))
        await pilot.press("c")
        assert doctor.asked == []
        await pilot.press("tab", "c")
        await until(pilot, lambda: "well now" in shown(app))
        assert doctor.asked == ["weights"]
        assert "2.5 s" in shown(app)
        assert "! GPU" in shown(app)


async def test_a_fix_is_asked_for_first_and_only_where_it_is_safe(make_app, until):
    doctor = ScriptedDoctor()
    app = make_app(ScriptedEngine(), _big(), examine=_examine, doctor=doctor)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "something is missing" in shown(app))
        await pilot.press("tab", "f")
        await until(pilot, lambda: "Make the folder?" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: "Make the folder?" not in shown(app))
        assert (doctor.mended, doctor.asked) == ([], [])
        await pilot.press("f")
        await until(pilot, lambda: "Make the folder?" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "well now" in shown(app))
        assert (doctor.mended, doctor.asked) == (["weights"], ["weights"])


async def test_the_report_is_copied_as_text(make_app, until):
    app = make_app(ScriptedEngine(), _big(), examine=_examine)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "something is missing" in shown(app))
        await pilot.press("y")
        assert "✗ Weights (0 ms)  no folder /models/qwen" in app.clipboard
        assert "  mend     set core.hf_model" in app.clipboard
