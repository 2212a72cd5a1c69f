"""Answers marked in the chat: kept with consent alone, where the leading expert's domain is."""

from __future__ import annotations

from screentext import ask, shown
from scripted import Script, ScriptedEngine

from vortex_tui.learning import feedback
from vortex_tui.settings import Learning, Profile

CONSENT = Profile(learning=Learning(enabled=True))


async def test_without_consent_nothing_is_written_and_it_is_said_once(make_app, until, tmp_path):
    app = make_app(ScriptedEngine(Script("95"), Script("96")))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await ask(pilot, "sum")
        await until(pilot, lambda: "1 tok" in shown(app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "learning.enabled" in shown(app))
        assert len(app._notifications) == 1
        app.clear_notifications()
        await until(pilot, lambda: "good, not kept" in shown(app))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "bad, not kept" in shown(app))
        assert not app._notifications
    assert not (tmp_path / "data" / "corpora").exists()


async def test_with_consent_a_mark_is_kept_changed_and_taken_back(make_app, until, tmp_path):
    app = make_app(ScriptedEngine(Script("95"), Script("6")), CONSENT)
    data = tmp_path / "data"
    async with app.run_test(size=(100, 30)) as pilot:
        await ask(pilot, "sum")
        await until(pilot, lambda: "1 tok" in shown(app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "1 tok · good" in shown(app))
        (said,) = feedback.read(data, "arithmetic")
        assert (said.prompt, said.response, said.mark, said.lesson) == ("sum", "95", "good", "95")
        assert [(part.expert.partition("/")[0], part.weight) for part in said.mix] == [
            ("arithmetic", 0.7),
            ("units", 0.3),
        ]
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "1 tok · bad" in shown(app))
        (said,) = feedback.read(data, "arithmetic")
        assert (said.mark, said.lesson) == ("bad", "")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "bad" not in shown(app))
        (said,) = feedback.read(data, "arithmetic")
        assert said.mark == "withdrawn"
        await ask(pilot, "more")
        await until(pilot, lambda: "6" in shown(app) and app.main.conversation.turns[-1].over)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: len(feedback.read(data, "arithmetic")) == 2)
        assert [each.content for each in feedback.read(data, "arithmetic")[-1].messages] == [
            "sum",
            "95",
            "more",
        ]


async def test_an_answer_is_corrected_in_a_window_of_its_own(make_app, until, tmp_path):
    app = make_app(ScriptedEngine(Script("ninety", mix={})), CONSENT)
    async with app.run_test(size=(100, 30)) as pilot:
        await ask(pilot, "sum")
        await until(pilot, lambda: "1 tok" in shown(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "What the answer should have been" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "What the answer should have been" not in shown(app))
        assert not (tmp_path / "data" / "corpora").exists()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "What the answer should have been" in shown(app))
        await pilot.press("end", "5", "ctrl+s")
        await until(pilot, lambda: "corrected" in shown(app))
        # The base answered alone: the domain is nobody's.
        (said,) = feedback.read(tmp_path / "data", "general")
        assert (said.mark, said.response, said.lesson, said.mix) == ("corrected", "ninety", "ninety5", ())


async def test_only_an_answer_that_is_over_is_marked(make_app, until, tmp_path):
    app = make_app(ScriptedEngine(Script("one", "two", hold_after=1)), CONSENT)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "no finished answer to mark" in shown(app))
        await ask(pilot, "x")
        await until(pilot, lambda: "one" in shown(app))
        await pilot.press("ctrl+t", "ctrl+s")
        await pilot.pause()
        assert app.main.conversation.turns[0].marked is None
    assert not (tmp_path / "data" / "corpora").exists()


async def test_what_cannot_be_written_is_told_and_never_claimed(make_app, until, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "corpora").write_text("in the way")
    app = make_app(ScriptedEngine(Script("95")), CONSENT)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await ask(pilot, "sum")
        await until(pilot, lambda: "1 tok" in shown(app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "cannot be used" in shown(app))
        app.clear_notifications()
        await until(pilot, lambda: "good, not kept" in shown(app))
