"""The conversation: sent, streamed, cancelled, made again, started anew."""

from __future__ import annotations

from screentext import ask, shown
from scripted import Script, ScriptedEngine
from textual.events import Paste
from textual.widgets import Markdown

from vortex_tui.errors import EngineDiedError, PromptError
from vortex_tui.tui.messages import Submitted
from vortex_tui.tui.widgets import chat
from vortex_tui.tui.widgets.body import Body
from vortex_tui.tui.widgets.chat import LIVE_TURNS
from vortex_tui.tui.widgets.prompt import Prompt
from vortex_tui.tui.widgets.turn_block import TurnBlock


async def test_a_question_typed_while_the_model_loads_is_queued_then_answered(make_app, until):
    engine = ScriptedEngine(Script("9", "5", mix={"arithmetic": 1.0}), held=True)
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.focused, Prompt)
        await ask(pilot, "What is 37 + 58?")
        await pilot.pause()
        assert "What is 37 + 58?" in shown(app)
        assert "queued: answered as soon as the model can" in shown(app)
        assert "1 queued" in shown(app)
        engine.loading.set()
        await until(pilot, lambda: "decode 84.3 t/s" in shown(app))
        assert "95" in shown(app)
        assert "arithmetic 1.00" in shown(app)
        assert "queued" not in shown(app)


async def test_the_line_under_an_answer_is_what_the_engine_measured(make_app, until):
    app = make_app(ScriptedEngine(Script("9", "5")))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "2 tok" in shown(app))
        assert "ttft 210 ms · prefill 1.9k t/s · decode 84.3 t/s · 2 tok" in shown(app)
        assert "arithmetic .70 · units .30" in shown(app)


async def test_an_answer_of_the_base_alone_says_so(make_app, until):
    app = make_app(ScriptedEngine(Script("yes", mix={})))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        assert "▌asst  base" in shown(app)
        assert "decode n/a" in shown(app)


async def test_escape_keeps_what_has_been_said(make_app, until):
    app = make_app(ScriptedEngine(Script("one ", "two ", "three", hold_after=2)))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "count")
        await until(pilot, lambda: "one two" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "cancelled" in shown(app))
        assert "one two" in shown(app)
        assert "three" not in shown(app)
        assert app.main.conversation.turns[0].text == "one two "


async def test_the_partial_answer_is_part_of_the_next_prompt(make_app, until):
    engine = ScriptedEngine(Script("one ", "two", hold_after=1), Script("done"))
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "count")
        await until(pilot, lambda: "one" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "cancelled" in shown(app))
        await ask(pilot, "again")
        await until(pilot, lambda: len(engine.asked) == 2)
        assert [message.content for message in engine.asked[1]] == ["count", "one ", "again"]


async def test_escape_drops_a_question_that_waits(make_app, until):
    app = make_app(ScriptedEngine(held=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await pilot.press("escape")
        await until(pilot, lambda: "cancelled before it was asked" in shown(app))


async def test_regenerating_asks_the_same_again_without_the_old_answer(make_app, until):
    engine = ScriptedEngine(Script("first"), Script("second"))
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "first" in shown(app) and "1 tok" in shown(app))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "second" in shown(app))
        assert "first" not in shown(app)
        assert engine.asked[0] == engine.asked[1]


async def test_a_new_chat_stops_the_answer_and_forgets_the_past(make_app, until):
    engine = ScriptedEngine(Script("one ", "two", hold_after=1), Script("fresh"))
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "count")
        await until(pilot, lambda: "one" in shown(app))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "Ask something. What you type" in shown(app))
        assert not app.query(TurnBlock)
        await ask(pilot, "hello")
        await until(pilot, lambda: "fresh" in shown(app))
        assert [message.content for message in engine.asked[1]] == ["hello"]


async def test_copying_does_not_claim_that_the_clipboard_has_it(make_app, until):
    app = make_app(ScriptedEngine(Script("a \x1b[31mred\x1b[0m word")))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Sent to the terminal's clipboard." in shown(app))
        assert app.clipboard == "a \\x1b[31mred\\x1b[0m word"


async def test_enter_sends_and_the_newline_keys_do_not(make_app, until):
    engine = ScriptedEngine(Script("ok"), held=True)
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("a", "ctrl+j", "b", "shift+enter", "c")
        assert app.query_one(Prompt).text == "a\nb\nc"
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.main.conversation.turns))
        assert app.main.conversation.turns[0].question == "a\nb\nc"
        assert app.query_one(Prompt).text == ""


async def test_an_empty_question_is_not_sent(make_app):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "enter")
        await pilot.pause()
        assert not app.main.conversation.turns


async def test_an_error_shows_all_its_parts(make_app, until):
    error = PromptError(
        "the prompt is too long", found="700 tokens", expected="512 at most", mend="shorten it by 188"
    )
    app = make_app(ScriptedEngine(Script(error=error)))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "the prompt is too long" in shown(app))
        for part in ("700 tokens", "512 at most", "shorten it by 188"):
            assert part in shown(app)


async def test_an_engine_that_dies_leaves_its_words_and_the_next_question_works(make_app, until):
    error = EngineDiedError("the engine worker died", found="killed by signal 9")
    error.partial = "half an ans"
    app = make_app(ScriptedEngine(Script("half ", "an ans", error=error), Script("whole")))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "the engine worker died" in shown(app))
        assert "half an ans" in shown(app)
        assert "killed by signal 9" in shown(app)
        assert "The engine restarts" in shown(app)
        await ask(pilot, "y")
        await until(pilot, lambda: "whole" in shown(app))


async def test_old_answers_become_one_widget_each_and_keep_their_text(make_app, until):
    count = LIVE_TURNS + 3
    app = make_app(ScriptedEngine(*(Script(f"answer **{i}**") for i in range(count))))
    async with app.run_test(size=(80, 60)) as pilot:
        for i in range(count):
            await ask(pilot, str(i))
            await until(pilot, lambda: app.main.conversation.turns[-1].over)
        await until(pilot, lambda: len(app.query(Body)) <= LIVE_TURNS + 1)
        assert len(app.query(TurnBlock)) + len(app.query(".old-turn")) == count
        assert "answer 0" in shown(app)


async def test_the_last_words_of_a_fast_answer_are_not_lost(make_app, until):
    pieces = [f"w{i} " for i in range(200)]
    app = make_app(ScriptedEngine(Script(*pieces)))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "200 tok" in shown(app))
        assert "w199" in shown(app)
        assert app.query_one(Markdown).source == "".join(pieces)


async def test_a_code_block_is_whole_after_streaming(make_app, until):
    code = "Look:\n\n```python\ndef f(x):\n    return x + 1\n```\n\nThat is all."
    pieces = [code[i : i + 4] for i in range(0, len(code), 4)]
    app = make_app(ScriptedEngine(Script(*pieces)))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: " tok" in shown(app))
        await until(pilot, lambda: "return x + 1" in shown(app))
        assert "That is all." in shown(app)


async def test_what_is_pasted_is_shown_and_sent_without_control_characters(make_app, until):
    app = make_app(ScriptedEngine(held=True))
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(Prompt).post_message(Paste("a\r\nb \x1b[2Jc"))
        await until(pilot, lambda: app.query_one(Prompt).text == "a\nb \\x1b[2Jc")
        await pilot.press("d", "enter")
        await until(pilot, lambda: bool(app.main.conversation.turns))
        assert app.main.conversation.turns[0].question == "a\nb \\x1b[2Jcd"


async def test_scrolling_up_stays_there_while_the_answer_goes_on(make_app, until):
    pieces = [f"line {i}\n\n" for i in range(80)]
    script = Script(*pieces, hold_after=60)
    app = make_app(ScriptedEngine(script))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "line 59" in shown(app))
        await pilot.press("pageup", "pageup")
        await until(pilot, lambda: "line 59" not in shown(app))
        script.hold.set()
        await until(pilot, lambda: app.main.conversation.turns[-1].over)
        await app.workers.wait_for_complete()
        assert "line 79" not in shown(app)
        await ask(pilot, "y")
        await until(pilot, lambda: "line 79" in shown(app))


async def test_questions_in_quick_succession_are_all_answered_in_order(make_app, until):
    scripts = [Script(f"answer {i}") for i in range(8)]
    app = make_app(ScriptedEngine(*scripts))
    async with app.run_test(size=(80, 24)) as pilot:
        for i in range(8):
            app.main.post_message(Submitted(f"question {i}"))
        await until(pilot, lambda: len(app.main.conversation.turns) == 8)
        await until(pilot, lambda: all(turn.over for turn in app.main.conversation.turns))
        assert [turn.text for turn in app.main.conversation.turns] == [f"answer {i}" for i in range(8)]
        assert not any(turn.error for turn in app.main.conversation.turns)


async def test_the_oldest_turns_leave_the_screen_and_stay_in_the_conversation(make_app, until, monkeypatch):
    monkeypatch.setattr(chat, "SHOWN_TURNS", 2)
    app = make_app(ScriptedEngine(*(Script(f"answer {i}") for i in range(12))))
    async with app.run_test(size=(80, 60)) as pilot:
        for i in range(12):
            app.main.post_message(Submitted(f"question {i}"))
            await until(pilot, lambda i=i: len(app.main.conversation.turns) == i + 1)
            await until(pilot, lambda: app.main.conversation.turns[-1].over)
        await until(pilot, lambda: "earlier turns are not shown" in shown(app))
        assert "answer 0" not in shown(app)
        assert app.main.conversation.turns[0].text == "answer 0"
