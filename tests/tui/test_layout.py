"""Narrow and wide, bank and gauges, help and themes."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import AsyncMock

import pytest
from screentext import ask, shown
from scripted import BANK, BROKEN, RUN, Script, ScriptedEngine, candidate, expert

from vortex_tui import paths
from vortex_tui.engine.protocol import MixShare, RoutedMix, Stats
from vortex_tui.telemetry.gpu import Gpu, GpuProcess, Gpus, Instance
from vortex_tui.tui.actions import ACTIONS
from vortex_tui.tui.widgets.bank import Bank
from vortex_tui.tui.widgets.chat import Chat
from vortex_tui.tui.widgets.decision import MOST, ordered

CARD = Gpu(
    0,
    "NVIDIA GeForce RTX 4080",
    used_mb=13414.0,
    free_mb=2970.0,
    total_mb=16384.0,
    utilization=93.0,
    temperature=71.0,
    power_w=287.0,
    power_limit_w=320.0,
    sm_mhz=2505.0,
    sm_max_mhz=2610.0,
    throttle=("power limit", "idle"),
    pcie_generation=4.0,
    pcie_generation_max=4.0,
    pcie_width=8.0,
    pcie_width_max=16.0,
    processes=(GpuProcess(77, "python", 12000.0, ours=True), GpuProcess(5, "Xorg", 800.0)),
)


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
    app = make_app(ScriptedEngine(), gpus=Gpus((CARD,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "VRAM 13.1G/16.0G" in shown(app))


def _working(engine: ScriptedEngine, device: str) -> ScriptedEngine:
    """An engine whose worker says what its memory is used for."""
    told = Stats(
        id=1,
        last=True,
        state="ready",
        rss_mb=412.0,
        rss_peak_mb=450.0,
        pid=77,
        device=device,
        weights_mb=200.0,
        experts_mb=12.0,
        kv_mb=8.0,
    )
    engine.stats = AsyncMock(return_value=told)
    return engine


async def test_on_a_narrow_screen_a_gpu_has_its_bar_with_the_budget_and_its_figures(make_app, until):
    app = make_app(_working(ScriptedEngine(), "cuda:0"), gpus=Gpus((CARD,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "93% 287W 71°C" in shown(app))
        (line,) = [line for line in shown(app).splitlines() if "VRAM" in line]
        assert "┃" in line
        assert "host 2.1G/23.4G" in line


async def test_a_column_says_what_the_memory_of_a_gpu_is_used_for(make_app, until):
    app = make_app(_working(ScriptedEngine(), "cuda:0"), gpus=Gpus((CARD,)))
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "weights 200M" in shown(app))
        for words in (
            "experts 12M",
            "K/V 8M",
            "other 11.5G",
            "others 1.4G",
            "budget 15.1G",
            "93% · 71°C",
            "287 of 320 W",
            "2505 of 2610 MHz",
            "gen 4 ×8 of 4 ×16",
            "! power limit",
            "▸ python",
            "12% · 1.8 cores",
            "50.0G",
        ):
            assert words in shown(app)
        assert "idle" not in shown(app)
        await pilot.resize_terminal(160, 24)
        await until(pilot, lambda: "! power limit" not in shown(app))
        assert "13.1G/16.0G" in shown(app)


async def test_on_a_cpu_it_is_the_hosts_memory_that_is_divided(make_app, until):
    app = make_app(_working(ScriptedEngine(), "cpu"))
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "weights 200M" in shown(app))
        assert "other 192M" in shown(app)


async def test_what_a_gpu_does_not_tell_is_na_with_its_reason(make_app, until):
    figures = ("utilization", "temperature", "power_w", "sm_mhz", "pcie_generation", "processes")
    reasons = dict.fromkeys(figures, "not supported by this GPU") | {"power_w": "permission \x1b[2J denied"}
    quiet = Gpu(0, "Card \x1b]0;x\x07", used_mb=4096.0, total_mb=16384.0, reasons=reasons)
    app = make_app(ScriptedEngine(), gpus=Gpus((quiet,)))
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "4.0G/16.0G" in shown(app))
        assert "n/a: power: permission" in shown(app)
        assert "n/a: load, temperature" in shown(app)
        assert "\x1b" not in shown(app)
        assert "0 W" not in shown(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "load n/a" in shown(app))


async def test_the_instances_of_a_divided_gpu(make_app, until):
    parts = (Instance("MIG 1g.10gb", 2048.0, 10240.0), Instance("MIG 2g.20gb", reason="permission denied"))
    card = Gpu(0, "H100", mig=parts, reasons={"used_mb": "permission denied"})
    app = make_app(ScriptedEngine(), gpus=Gpus((card,)))
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "2.0G/10.0G" in shown(app))
        assert "MIG 2g.20gb" in shown(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "VRAM n/a: permission denied" in shown(app))


async def test_a_key_shows_the_next_gpu_and_the_engines_comes_first(make_app, until):
    other = replace(CARD, index=0, used_mb=1024.0, processes=())
    app = make_app(_working(ScriptedEngine(), "cuda:1"), gpus=Gpus((other, CARD)))
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "VRAM 2/2" in shown(app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "VRAM 1/2" in shown(app))
        assert "1.0G/16.0G" in shown(app)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "VRAM 2/2" in shown(app))


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
