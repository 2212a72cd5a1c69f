"""Text from models, files and people is shown, never obeyed."""

from __future__ import annotations

import pytest
from screentext import ask, shown
from scripted import BANK, Script, ScriptedEngine, expert

from vortex_tui.errors import ModelError
from vortex_tui.tui.safe_markdown import parser

_HOSTILE = "[bold]x[/bold] \x1b[31mred \u202eevil"
_SHOWN = "[bold]x[/bold] \\x1b[31mred \\u202eevil"


async def test_markup_and_control_characters_in_an_answer_are_shown(make_app, until):
    app = make_app(ScriptedEngine(Script(_HOSTILE)))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        assert _SHOWN in shown(app)
        assert "\x1b" not in shown(app)


async def test_html_in_an_answer_is_text(make_app, until):
    app = make_app(ScriptedEngine(Script("a <b>bold</b> word\n\n<div>block</div>\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        assert "<b>bold</b>" in shown(app)
        assert "<div>block</div>" in shown(app)


@pytest.mark.parametrize("entity", ["&#x202e;", "&#8238;", "&ZeroWidthSpace;"])
def test_an_entity_cannot_bring_back_an_invisible_character(entity):
    (inline,) = [token for token in parser().parse(f"a {entity} b") if token.type == "inline"]
    text = "".join(child.content for child in inline.children)
    assert text.isprintable()
    assert "\\u20" in text


async def test_a_collapsed_answer_is_as_safe_as_a_live_one(make_app, until):
    scripts = [Script(_HOSTILE + " <i>html</i>"), *(Script(str(i)) for i in range(7))]
    app = make_app(ScriptedEngine(*scripts))
    async with app.run_test(size=(80, 60)) as pilot:
        for _ in scripts:
            await ask(pilot, "x")
            await until(pilot, lambda: app.main.conversation.turns[-1].over)
        await until(pilot, lambda: bool(app.query(".old-turn")))
        assert _SHOWN in shown(app)
        assert "<i>html</i>" in shown(app)
        assert "\x1b" not in shown(app)


async def test_the_names_and_problems_of_experts_are_escaped(make_app, until):
    bank = (*BANK, expert("[red]a\x1b[31m", problem="bad [link=x]file[/link]\x07"))
    app = make_app(ScriptedEngine(bank=bank))
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "Not usable" in shown(app))
        assert "[red]a\\x1b[31m" in shown(app)
        assert "[link=x]file[/link]\\x07" in shown(app)


async def test_a_routing_reason_is_escaped(make_app, until):
    script = Script("ok")
    script.decision = script.decision.model_copy(update={"reason": "near [b]\x1b]0;t\x07"})
    app = make_app(ScriptedEngine(script))
    async with app.run_test(size=(160, 48)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "near [b]" in shown(app))
        assert "near [b]\\x1b]0;t\\x07" in shown(app)


async def test_a_question_is_shown_as_it_was_typed(make_app, until):
    app = make_app(ScriptedEngine(Script("ok")))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "is [b]x[/b] bold?")
        await until(pilot, lambda: "1 tok" in shown(app))
        assert "is [b]x[/b] bold?" in shown(app)


async def test_a_hostile_path_in_an_error_is_escaped(make_app, until):
    engine = ScriptedEngine()
    engine.load_error = ModelError("no model", found="/tmp/[b]\x1b[2J", mend="look")
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        # The checks come in around it: it may be drawn more than once.
        await until(pilot, lambda: "/tmp/[b]\\x1b[2J" in shown(app))
        assert "no model" in shown(app)
