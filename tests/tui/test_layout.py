"""Narrow and wide, bank and gauges, help and themes."""

from __future__ import annotations

from unittest.mock import AsyncMock

import pytest
from screentext import ask, shown
from scripted import BANK, BROKEN, RUN, Script, ScriptedEngine, candidate, expert

from vortex_tui import paths
from vortex_tui.engine.protocol import MixShare, RoutedMix
from vortex_tui.telemetry.gpu import Vram
from vortex_tui.tui.actions import ACTIONS
from vortex_tui.tui.widgets.bank import Bank
from vortex_tui.tui.widgets.chat import Chat
from vortex_tui.tui.widgets.decision import MOST, ordered


async def test_on_a_narrow_screen_f3_swaps_chat_and_bank(make_app, until):
    app = make_app(ScriptedEngine(Script("ok")))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        assert not app.query_one(Bank).display
        await pilot.press("f3")
        assert app.query_one(Bank).display
        assert not app.query_one(Chat).display
        assert "▸ arithmetic" in shown(app)
        await pilot.press("f2")
        assert app.query_one(Chat).display
        assert not app.query_one(Bank).display


async def test_on_a_wide_screen_everything_is_seen_at_once(make_app, until):
    app = make_app(ScriptedEngine(Script("ok"), bank=(*BANK, BROKEN)))
    async with app.run_test(size=(160, 48)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        for words in (
            "▸ arithmetic",
            "digits and an operator",
            "the adapter is for another",
            "VRAM",
            "context",
        ):
            assert words in shown(app)


async def test_a_terminal_that_shrinks_keeps_the_prompt(make_app, until):
    app = make_app(ScriptedEngine(Script("ok")))
    async with app.run_test(size=(160, 48)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "▸ arithmetic" not in shown(app))
        assert "Prompt" in shown(app)
        assert "ctx" in shown(app)


async def test_what_the_engine_warns_of_is_shown_in_the_bank_and_goes_again(make_app, until):
    engine = ScriptedEngine(bank=(expert("sums").model_copy(update={"exemplars": 0}), *BANK))
    app = make_app(engine)
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "by name only" in shown(app))
        quiet = await engine.stats()
        engine.stats = AsyncMock(return_value=quiet.model_copy(update={"warnings": ("12 used, 6 fit",)}))
        await until(pilot, lambda: "! 12 used, 6 fit" in shown(app))
        engine.stats = AsyncMock(return_value=quiet)
        await until(pilot, lambda: "6 fit" not in shown(app))


async def test_no_gpu_is_not_a_gpu_with_nothing_on_it(make_app, until):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "VRAM n/a: no NVIDIA driver" in shown(app))


async def test_a_gpu_shows_used_and_total(make_app, until):
    app = make_app(ScriptedEngine(), vram=Vram(13414.0, 16384.0, "NVIDIA GeForce RTX 4080"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "VRAM 13.1G/16.0G" in shown(app))


async def test_the_gauges_show_the_worker_the_host_and_the_context(make_app, until):
    app = make_app(ScriptedEngine(Script("9", "5")))
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "RAM worker 412M  host 2.1G/23.4G" in shown(app))
        await until(pilot, lambda: "26/512" in shown(app))
        assert "84.3 t/s" in shown(app)


def test_the_leading_expert_is_the_first_row():
    rows = ordered(Script(mix={"units": 0.6, "arithmetic": 0.4}).decision)
    assert [expert.partition("/")[0] for expert, _, _ in rows] == [
        "units",
        "arithmetic",
        "base",
        "sql",
        "roman",
    ]


def test_the_base_leads_when_it_answers_alone():
    rows = ordered(Script(mix={}).decision)
    assert rows[0][0] == "base"


async def test_help_names_every_action(make_app, until):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=(100, 48)) as pilot:
        await pilot.press("f1")
        await until(pilot, lambda: "Esc closes" in shown(app))
        for action in ACTIONS:
            assert action.description in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Esc closes" not in shown(app))


async def test_the_palette_finds_actions_and_switches_themes(make_app, until):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.theme == "vortex-dark"
        await pilot.press("ctrl+p")
        await pilot.press(*"theme vortex-light")
        await until(pilot, lambda: "Theme: vortex-light" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "vortex-light")


async def test_a_broken_user_theme_is_told_and_a_good_one_is_there(make_app, until):
    folder = paths.user_config() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('primary = "#ff00ff"\n')
    (folder / "bad.toml").write_text('primery = "#ff00ff"\n')
    app = make_app(ScriptedEngine())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "bad.toml is not used" in shown(app))
        assert "'primary'" in shown(app)
        assert "mine" in app.available_themes
        assert app.theme == "vortex-dark"


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 48)])
async def test_nothing_is_cut_from_the_two_ends_of_the_screen(make_app, until, size):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "● ready" in shown(app))
        await until(pilot, lambda: "F1 Help" in shown(app))
        top, *_, bottom = shown(app).splitlines()
        assert "vortex" in top
        assert top.rstrip().endswith("● ready")
        assert "^p All" in bottom


def crowd(count: int, **changes: object) -> RoutedMix:
    """A decision with many candidates; the last of them has a weight."""
    every = [candidate(f"d{n:03}/{RUN}", 0.5 / (n + 1), ("say\x1b[31m this " * 40,)) for n in range(count)]
    mix = (MixShare(expert=every[-1].expert, content_hash="0" * 64, weight=1.0),)
    told = {"mode": "hybrid", "mix": mix, "candidates": (*every, candidate("base", 0.1)), **changes}
    return RoutedMix.model_validate({"id": 1, **told})


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_many_candidates_do_not_flood_the_bank(make_app, until, size):
    script = Script("ok")
    script.decision = crowd(40, reason=f"kept: d001/{RUN} leads d039/{RUN} by 0.01")
    bank = tuple(expert(f"d{n:03}") for n in range(40))
    app = make_app(ScriptedEngine(script, bank=bank))
    async with app.run_test(size=size) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        await pilot.press("f3")
        await until(pilot, lambda: "▸ d039" in shown(app))
        view = app.query_one("#bank-view").render_line
        lines = [view(y).text.rstrip() for y in range(app.query_one("#bank-view").size.height)]
        told = [line for line in lines if line.startswith(("  d0", "▸ d0", "  base"))]
        assert len(told) == MOST + 1
        assert any("base" in line for line in told)
        assert "  … and 32 more" in lines
        (near,) = [line for line in lines if "like" in line]
        assert near.startswith("    like say\\x1b[31m this")
        assert near.endswith("…")
        assert max(map(len, lines)) <= app.query_one("#bank-view").size.width
        assert "why  kept: d001 leads d039 by 0.01" in shown(app)


async def test_the_base_alone_still_shows_what_the_prompt_was_like(make_app, until):
    app = make_app(ScriptedEngine(Script("ok", mix={})))
    async with app.run_test(size=(160, 48)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        assert "▸ base" in shown(app)
        assert "like what is 28 + 18?" in shown(app)


async def test_a_mode_without_probabilities_or_exemplars_shows_scores(make_app, until):
    script = Script("ok")
    plain = [one.model_copy(update={"features": {}, "nearest": ()}) for one in script.decision.candidates]
    script.decision = script.decision.model_copy(update={"candidates": tuple(plain), "encoder_ms": 0.0})
    app = make_app(ScriptedEngine(script))
    async with app.run_test(size=(160, 48)) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "1 tok" in shown(app))
        assert "probability" not in shown(app)
        assert "score" in shown(app)
        assert "like " not in shown(app)
        assert "no encoder asked" in shown(app)


async def test_a_bank_of_a_thousand_is_not_a_thousand_lines(make_app, until):
    broken = [expert(f"b{n:03}", problem="no weights") for n in range(30)]
    bank = (*(expert(f"d{n:03}") for n in range(1000)), *broken)
    app = make_app(ScriptedEngine(bank=bank))
    async with app.run_test(size=(160, 60)) as pilot:
        await until(pilot, lambda: "… and 980 more" in shown(app))
        assert "Bank · 1,000 experts" in shown(app)
        assert "d019" in shown(app)
        assert "d020" not in shown(app)
        assert "… and 10 more" in shown(app)
        assert app.query_one("#bank-view").size.height < 60
