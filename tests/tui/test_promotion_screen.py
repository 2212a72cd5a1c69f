"""The promotion screen: what waits is told in words, and nothing moves without a typed word."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from screentext import ask, shown
from scripted import BANK, Script, ScriptedEngine, expert
from textual.containers import VerticalScroll
from textual.widgets import Button, Input, TabbedContent

from tests.promotion import small_bank
from tests.support import quarantined
from vortex_tui import profile as profiles
from vortex_tui.errors import EngineDiedError, ModelError
from vortex_tui.experts import aliases
from vortex_tui.promotion import approval, ledger, promote
from vortex_tui.promotion.site import Site
from vortex_tui.promotion.verification import verify
from vortex_tui.tui.screens.approve import ApproveScreen
from vortex_tui.tui.widgets.bank import Bank
from vortex_tui.tui.widgets.candidate_list import CandidateList

WIDE, NARROW = (160, 48), (80, 24)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An app's data folder."""
    return tmp_path / "data"


@pytest.fixture
def site(data: Path) -> Site:
    """Three candidates: passed, refused, not judged."""
    return quarantined.three(data)


def events(site: Site) -> list[str]:
    """What the ledger has, the oldest first; it is whole."""
    found = verify(site.data_dir)
    assert found.ok
    return [line.event for line in found.lines]


def champion(site: Site, domain: str) -> str:
    found = site.champion(domain)
    return found.id if found else ""


async def opened(app, pilot, until, words="in quarantine"):
    """The promotion screen on a loaded model."""
    await until(pilot, lambda: app.session.ready is not None)
    await pilot.press("f5")
    await until(pilot, lambda: words in shown(app))


async def chosen(app, pilot, until, id):
    """Walk to a candidate with the keys."""
    rows = app.screen.query_one(CandidateList)
    for _ in range(rows.option_count):
        if rows.chosen == id:
            break
        await pilot.press("down")
    await until(pilot, lambda: rows.chosen == id)


# --- what is shown ------------------------------------------------------------


async def test_an_empty_quarantine_says_what_fills_it(make_app, until):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until, "0 in quarantine")
        await until(pilot, lambda: "vortex-tui train-experts" in shown(app))
        await pilot.press("a", "x", "u", "j")
        assert len(app.screen_stack) == 2


async def test_candidates_have_a_verdict_an_age_and_what_was_decided(make_app, until, site):
    report = quarantined.report(site, quarantined.candidate(site, "words/old", seed=4), policy_hash="0" * 64)
    promote.reject(site, "words/old", "too long")
    assert report.verdict == "PROMOTE"
    (site.quarantine / "broken" / "run").mkdir(parents=True)
    (site.quarantine / "broken" / "run" / "manifest.json").write_text("{")
    app = make_app(ScriptedEngine())
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until, "5 in quarantine")
        rows = {line.split()[0]: line for line in shown(app).replace("▸", " ").splitlines()[1:6]}
        assert "✓ PROMOTE " in rows["arithmetic/one"]
        assert "judged" in rows["arithmetic/one"]
        assert " d " in rows["arithmetic/one"]
        assert "✗ REJECT" in rows["roman/two"]
        assert "– not judged" in rows["units/three"]
        assert "✓ PROMOTE, stale" in rows["words/old"]
        assert "rejected" in rows["words/old"]
        assert "unusable" in rows["broken/run"]
        await chosen(app, pilot, until, "words/old")
        await until(pilot, lambda: "! stale: it was made under another policy" in shown(app))
        await pilot.press("home")
        await chosen(app, pilot, until, "broken/run")
        await until(pilot, lambda: "✗ it cannot be used" in shown(app))


@pytest.mark.usefixtures("site")
async def test_the_gates_have_marks_figures_bars_and_their_reasons(make_app, until):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until)
        await until(pilot, lambda: "fresh: it is of the champion and the policy of now" in shown(app))
        assert "✓ PROMOTE  against arithmetic/release-404d13a3" in shown(app)
        await chosen(app, pilot, until, "roman/two")
        await until(pilot, lambda: "✗ failed  others/regex" in shown(app))
        (row,) = [line for line in shown(app).splitlines() if "✗ failed  others/regex" in line]
        assert "-40.0 %  ▓▓▓●▓▓▓░░░░░░░┃" in row
        assert "-5.0 %  120" in row
        text = shown(app)
        assert "? open    gain" in text
        assert "– n/a     speed" in text
        assert text.index("✗ failed  About others/regex: why others/regex") < text.index("✓ passed  About")


@pytest.mark.usefixtures("site")
async def test_sections_are_walked_with_the_keys_at_the_smallest_size(make_app, until):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        told = (
            "the champion  ≠ other words",
            "1 × regex: regex/release 1.00 → arithmetic/one .70 · regex/release .30",
            "d" * 64,
            "2 lines, whole",
            "fresh: it is of the champion",
        )
        for words in told:
            await pilot.press("right")
            await until(pilot, lambda words=words: words in shown(app))
        await pilot.press("left")
        await until(pilot, lambda: "2 lines, whole" in shown(app))
        # Everything can be reached without a mouse: Enter leads into the section, which scrolls.
        await pilot.press("enter", "left", "end")
        await until(pilot, lambda: "0–5 nats, 4.000 → 0.067" in shown(app))
        await until(pilot, lambda: isinstance(app.focused, VerticalScroll))
        await pilot.press("tab")
        assert isinstance(app.focused, CandidateList)
        assert "█" in shown(app) or "▇" in shown(app)
        assert "▁" in shown(app)
        for view in app.screen.query("VerticalScroll"):
            assert view.virtual_size.width <= 80


@pytest.mark.usefixtures("site")
async def test_answers_stand_side_by_side(make_app, until):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        await pilot.press("right")
        await until(pilot, lambda: "1/5  What is 0 + 5?" in shown(app))
        lines = shown(app).splitlines()
        heads = next(place for place, line in enumerate(lines) if "the champion" in line)
        assert "the candidate  ✓ the right answer" in lines[heads]
        assert "I do not know." in lines[heads + 1]
        assert lines[heads + 1].rstrip().endswith(" 5")


async def test_what_a_file_says_cannot_act_on_the_terminal(make_app, until, site):
    odd = "\x1b[2J[red]\u202e"
    made = quarantined.candidate(site, "odd/run", seed=9, note=odd)
    sample = quarantined.SAMPLES[0].model_copy(update={"prompt": odd, "candidate": odd, "expected": odd})
    moved = quarantined.MOVED[0].model_copy(update={"prompt": odd, "after": {odd: 1.0}})
    gate = quarantined.gate("identity", reason=odd)
    quarantined.report(site, made, samples=(sample,), moved=(moved,), gates=(gate,), profile=odd, created=odd)
    promote.reject(site, "odd/run", odd)
    app = make_app(ScriptedEngine())
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until)
        await chosen(app, pilot, until, "odd/run")
        for _ in range(5):
            await pilot.press("right")
            await until(pilot, lambda: "\\x1b[2J[red]\\u202e" in shown(app))
            assert "\x1b" not in shown(app)
            assert "\u202e" not in shown(app)


# --- approve, reject, roll back -----------------------------------------------


async def test_approving_starts_on_reject_shows_what_is_bound_and_takes_the_typed_id(
    make_app, until, site, data
):
    engine = ScriptedEngine()
    app = make_app(engine)
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ApproveScreen))
        assert isinstance(app.focused, Button)
        assert app.focused.id == "approve-reject"
        report = quarantined.report(site, site_version(site, "arithmetic/one"), known=False)
        before = site.champion("arithmetic")
        for bound in (
            report.candidate.content_hash, before.content_hash, report.hash, report.policy_hash,
            "arithmetic/one", before.id, "60 minutes",
        ):  # fmt: skip
            assert bound in shown(app)
        assert app.screen.query_one("#approve-yes", Button).disabled
        assert not approval.file_of(data).exists()
        before = expert("sql").model_copy(update={"champion": False, "id": "sql/before"})
        engine.bank = (*BANK, expert("brandnew"), before)
        await pilot.press("tab", *"arithmetic/one", "enter")
        await until(pilot, lambda: champion(site, "arithmetic") == "arithmetic/one")
        await until(pilot, lambda: "✓ PROMOTE             promoted" in shown(app))
        await until(pilot, lambda: "it serves its domain now" in shown(app))
        assert events(site)[2:] == ["approved", "promoting", "promoted"]
        assert not approval.file_of(data).exists()
        await pilot.press("f3")
        await until(pilot, lambda: "brandnew" in shown(app))
        (old,) = [line for line in shown(app).splitlines() if "does not serve" in line]
        assert "sql/before" in old
        assert app.query_one(Bank).display


def site_version(site: Site, id: str):
    from vortex_tui.promotion.site import version_of

    return version_of(site.candidate(id))


async def test_a_champion_that_changed_behind_the_question_is_not_replaced(make_app, until, site):
    quarantined.report(site, quarantined.candidate(site, "arithmetic/other", seed=5))
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ApproveScreen))
        promote.approve(site, promote.ready(site, "arithmetic/other", quarantined.terms()))
        promote.promote(site, "arithmetic/other", quarantined.terms())
        await pilot.press("tab", *"arithmetic/one", "enter")
        await until(pilot, lambda: "the approval is for another champion" in shown(app))
        assert champion(site, "arithmetic") == "arithmetic/other"


async def test_an_engine_that_cannot_tell_its_bank_undoes_no_promotion_and_is_told(
    make_app, until, site, monkeypatch
):
    engine = ScriptedEngine()
    app = make_app(engine)

    async def died():
        raise EngineDiedError("the engine ended in the middle of its work", found="killed by signal 9")

    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        monkeypatch.setattr(engine, "experts", died)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ApproveScreen))
        await pilot.press("tab", *"arithmetic/one", "enter")
        await until(pilot, lambda: "killed by signal 9" in shown(app))
        assert "✓ PROMOTE             promoted" in shown(app)
    assert champion(site, "arithmetic") == "arithmetic/one"


@pytest.mark.parametrize("typed", ["arithmetic", "roman/two"])
async def test_another_word_promotes_nothing_and_the_ledger_keeps_it(make_app, until, site, data, typed):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ApproveScreen))
        await pilot.press("tab", *typed, "tab", "tab", "enter")
        await until(pilot, lambda: "nothing was approved" in shown(app))
        assert events(site)[-1] == "refused"
        assert champion(site, "arithmetic").startswith("arithmetic/release")
        assert not approval.file_of(data).exists()


async def test_enter_and_escape_on_the_first_focus_decide_nothing(make_app, until, site):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        for keys in (["escape"], ["enter", "escape"], ["enter", "enter", "escape"]):
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, ApproveScreen))
            await pilot.press(*keys)
            await until(pilot, lambda: app.screen.id == "promotion")
        await app.workers.wait_for_complete()
        assert events(site) == ["judged", "judged"]


async def test_a_rejection_needs_a_reason_which_the_ledger_keeps(make_app, until, site):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        await pilot.press("x")
        await until(pilot, lambda: "Reject arithmetic/one" in shown(app))
        assert isinstance(app.focused, Input)
        await pilot.press("enter", *"forgets carries", "enter")
        await until(pilot, lambda: "rejected" in shown(app))
    line = verify(site.data_dir).lines[-1]
    assert (line.event, line.reason) == ("rejected", "forgets carries")


async def test_what_may_not_be_promoted_is_refused_in_words(make_app, until, site):
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        for id, words in (("roman/two", "was not passed"), ("units/three", "was not judged as it is now")):
            await chosen(app, pilot, until, id)
            await pilot.press("a")
            await until(pilot, lambda words=words: words in shown(app))
            assert app.screen.id == "promotion"
        assert events(site)[-2:] == ["refused", "refused"]
        # Elsewhere a refusal is old news.
        await pilot.press("up")
        await until(pilot, lambda: "was not judged as it is now" not in shown(app).split("Gates")[0])


async def test_a_report_against_another_champion_is_stale_and_promotes_nothing(make_app, until, site):
    quarantined.report(site, quarantined.candidate(site, "arithmetic/other", seed=5))
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        promote.approve(site, promote.ready(site, "arithmetic/other", quarantined.terms()))
        promote.promote(site, "arithmetic/other", quarantined.terms())
        await pilot.press("a")
        await until(pilot, lambda: "is of another champion than there is now" in shown(app))
        await pilot.press("r")
        await until(pilot, lambda: "✓ PROMOTE, stale" in shown(app))


async def test_a_report_that_the_ledger_does_not_know_is_stale(make_app, until, site):
    quarantined.report(site, quarantined.candidate(site, "aaa/forged", seed=6), known=False)
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        await until(pilot, lambda: "! stale: it is not in the ledger" in shown(app))
        await pilot.press("a")
        await until(pilot, lambda: "the gate report of aaa/forged is not in the ledger" in shown(app))


async def test_a_roll_back_is_asked_for_and_done_in_one_move(make_app, until, site):
    promote.approve(site, promote.ready(site, "arithmetic/one", quarantined.terms()))
    promote.promote(site, "arithmetic/one", quarantined.terms())
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until)
        await pilot.press("u")
        await until(pilot, lambda: "arithmetic is served by arithmetic/one." in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: app.screen.id == "promotion")
        assert champion(site, "arithmetic") == "arithmetic/one"
        await pilot.press("u")
        await until(pilot, lambda: "Go back" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "rolled back" in shown(app))
        assert champion(site, "arithmetic").startswith("arithmetic/release")
        await pilot.press("u")
        await until(pilot, lambda: "Go back" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "nothing to roll back to" in shown(app))
    assert aliases.read(site.data_dir).of(site.base, "arithmetic") is not None


async def test_a_broken_ledger_is_told_in_red_words_and_promotes_nothing(make_app, until, site):
    file = ledger.file_of(site.data_dir)
    file.write_bytes(file.read_bytes().replace(b"others/regex", b"others/sql"))
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until, "✗ the ledger's chain is broken in line 2")
        await pilot.press("left")
        await until(pilot, lambda: "Nothing is promoted while it is." in shown(app))
        assert app.screen.query_one(TabbedContent).active == "ledger"
        red = [
            str(segment.style.color.name)
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if "chain is broken" in segment.text
        ]
        assert red
        assert all(int(name[1:3], 16) > int(name[3:5], 16) + 40 for name in red), red
        await pilot.press("a")
        await until(pilot, lambda: "cannot be believed" in shown(app))
        assert not isinstance(app.screen, ApproveScreen)


@pytest.mark.usefixtures("site")
async def test_a_ledger_without_its_anchor_is_told(make_app, until, tmp_path):
    shutil.rmtree(tmp_path / "user")
    app = make_app(ScriptedEngine())
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until, "✗ the ledger")


# --- the gates ------------------------------------------------------------------


async def test_j_asks_the_gates_and_their_report_and_the_ledger_are_there(make_app, until, site):
    """For real: without a bench of this machine no engine is asked."""
    app = make_app(ScriptedEngine(), profiles.load("nano"))
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, until)
        await chosen(app, pilot, until, "units/three")
        await pilot.press("j")
        await until(pilot, lambda: "✗ failed  baseline" in shown(app), 60)
        await until(pilot, lambda: "✗ REJECT  against units/release-404d13a3" in shown(app))
        await app.workers.wait_for_complete()
        assert not app.session.alone.locked()
        # Left and opened again, the screen shows what was judged last.
        await pilot.press("escape", "f5")
        await until(pilot, lambda: "✗ REJECT  against units/release-404d13a3" in shown(app))
    assert events(site)[-1] == "judged"
    assert len(app.session.engine.loaded) == 1


@pytest.fixture
def held(data: Path) -> ScriptedEngine:
    """An engine that holds the load of a candidate whose files pass, in the app's data folder."""
    made = small_bank.made(data, ["dates"], ["roman"])
    made.candidate("roman")
    return ScriptedEngine()


async def judging(app, pilot, until):
    """The gates, in the middle of the load of their candidate."""
    await opened(app, pilot, until)
    await pilot.press("j")
    await until(pilot, lambda: app.session.engine.state.phase == "loading", 60)


async def test_stopped_gates_leave_nothing_and_the_profile_is_loaded_again(make_app, until, held, data):
    app = make_app(held, small_bank.profile())
    async with app.run_test(size=NARROW) as pilot:
        await judging(app, pilot, until)
        assert "roman/cand-1: " in shown(app)
        assert "Esc Stop" in shown(app)
        assert app.session.alone.locked()
        await pilot.press("j", "a", "x", "u")
        assert app.screen.id == "promotion"
        held.loading.clear()
        await pilot.press("escape")
        await until(pilot, lambda: "stopping; the profile is loaded again" in shown(app))
        # Impatience does not end the load that gives the engine back.
        await pilot.press("escape", "escape")
        held.loading.set()
        await until(pilot, lambda: "Esc Chat" in shown(app))
        assert (len(held.loaded), held.candidates) == (2, ())
        assert held.state.phase == "ready"
        await until(pilot, lambda: not app.session.alone.locked())
        await pilot.press("escape")
        await ask(pilot, "x")
        await until(pilot, lambda: app.main.conversation.turns[0].over)
    assert not (data / "logs" / "reports").exists()
    assert not ledger.file_of(data).exists()


async def test_the_gates_wait_for_the_answer_and_questions_for_the_gates(make_app, until, held):
    script = Script("a", "b", hold_after=1)
    held.scripts.append(script)
    app = make_app(held, small_bank.profile())
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.session.ready is not None)
        await ask(pilot, "first")
        await until(pilot, lambda: app.main.conversation.turns[0].tokens == 1)
        await pilot.press("f5")
        await until(pilot, lambda: "in quarantine" in shown(app))
        await pilot.press("j")
        await until(pilot, lambda: "waiting for the answer that runs" in shown(app))
        script.hold.set()
        await until(pilot, lambda: held.state.phase == "loading", 60)
        await pilot.press("f2")
        await ask(pilot, "second")
        await until(pilot, lambda: "1 queued" in shown(app))
        # The scripted engine has another model than the candidate is for: that ends it.
        held.trial.set()
        await until(pilot, lambda: app.main.conversation.turns[1].over)
        await pilot.press("f5")
        await until(pilot, lambda: "✗ failed  identity" in shown(app))
        assert held.candidates == ()


async def test_taking_nano_stops_the_gates_and_loads_it_last(make_app, until, held):
    profile = small_bank.profile()
    app = make_app(held, profile)
    async with app.run_test(size=NARROW) as pilot:
        await judging(app, pilot, until)
        await pilot.press("f4", "n")
        await until(pilot, lambda: len(held.loaded) == 3)
        assert held.loaded[1] == profile
        assert held.loaded[2].core.hf_model == "nano"
        assert not app.session.alone.locked()


async def test_a_failed_reload_is_told_and_the_lock_is_free(make_app, until, held):
    app = make_app(held, small_bank.profile())
    async with app.run_test(size=NARROW) as pilot:
        await judging(app, pilot, until)
        held.load_error = ModelError("the base is gone", found="nothing")
        held.trial.set()
        await until(pilot, lambda: "the base is gone" in shown(app))
        assert not app.session.alone.locked()


async def test_without_a_data_folder_nothing_can_be_promoted(until):
    from vortex_tui.profile import Profile
    from vortex_tui.tui.app import VortexApp

    app = VortexApp(ScriptedEngine(), Profile())
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: "F4 Doctor" in shown(app))
        assert "F5" not in shown(app)
        await pilot.press("f5")
        await asyncio.sleep(0)
        assert len(app.screen_stack) == 1


async def test_a_profile_whose_base_is_not_here_is_told_what_to_do(make_app, until):
    app = make_app(ScriptedEngine(), profiles.load("rtx4080_16gb_120b_like"))
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, until, "nothing can be promoted")
        assert "vortex-tui doctor --profile rtx4080_16gb_120b_like" in shown(app)
