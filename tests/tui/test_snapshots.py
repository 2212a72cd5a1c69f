"""What the screens look like, at the smallest size and at a roomy one.

Make them anew with ``pytest tests/tui/test_snapshots.py --snapshot-update`` and look at them.
"""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import pytest
import textual
from screentext import ask, shown
from scripted import BANK, BROKEN, Script, ScriptedEngine
from test_doctor_screen import MISSING
from test_layout import CARD

from tests.support import benches, quarantined
from vortex_tui import profile as profiles
from vortex_tui.bench import baseline, history, host, kept
from vortex_tui.errors import EngineDiedError
from vortex_tui.promotion import ledger, policy
from vortex_tui.telemetry.gpu import Gpus

pytestmark = pytest.mark.skipif(
    not textual.__version__.startswith("8.2."),
    reason="the snapshots were drawn by textual 8.2; another version draws its own way",
)
SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])

_ANSWER = """\
The sum is **95**, because `37 + 58 = 95`.

1. Add the tens: 80
2. Add the units: 15

```python
def add(a: int, b: int) -> int:
    return a + b
```
"""


def _pieces() -> list[str]:
    return [_ANSWER[i : i + 5] for i in range(0, len(_ANSWER), 5)]


@SIZES
def test_loading(snap_compare, make_app, until, size):
    app = make_app(ScriptedEngine(held=True))

    async def go(pilot):
        await until(pilot, lambda: app.readings.gpus is not None)
        await ask(pilot, "What is 37 + 58?")

    assert snap_compare(app, terminal_size=size, run_before=go)


@SIZES
def test_idle_with_the_bank(snap_compare, make_app, until, size):
    app = make_app(ScriptedEngine(bank=(*BANK, BROKEN)))

    async def go(pilot):
        await until(pilot, lambda: app.readings.stats is not None)
        await pilot.press("f3")

    assert snap_compare(app, terminal_size=size, run_before=go)


@SIZES
def test_a_gpu(snap_compare, make_app, until, size):
    app = make_app(ScriptedEngine(), gpus=Gpus((CARD,)))

    async def go(pilot):
        await until(pilot, lambda: app.readings.gpu is not None and app.readings.stats is not None)

    assert snap_compare(app, terminal_size=size, run_before=go)


@SIZES
def test_streaming(snap_compare, make_app, until, size):
    pieces = _pieces()
    app = make_app(ScriptedEngine(Script(*pieces, hold_after=len(pieces) - 8)))

    async def go(pilot):
        await until(pilot, lambda: app.readings.stats is not None)
        await ask(pilot, "What is 37 + 58?")
        shown = "".join(pieces[: len(pieces) - 8])
        await until(pilot, lambda: bool(app.query("Body")) and app.query_one("Body").source == shown)

    assert snap_compare(app, terminal_size=size, run_before=go)


@SIZES
def test_answered(snap_compare, make_app, until, size):
    app = make_app(ScriptedEngine(Script(*_pieces())))

    async def go(pilot):
        await until(pilot, lambda: app.readings.stats is not None)
        await ask(pilot, "What is 37 + 58?")
        await until(pilot, lambda: bool(app.main.conversation.turns[-1].over))
        await app.workers.wait_for_complete()

    assert snap_compare(app, terminal_size=size, run_before=go)


@SIZES
def test_the_bank_after_a_prompt(snap_compare, make_app, until, size):
    app = make_app(ScriptedEngine(Script("9", "5"), bank=(*BANK, BROKEN)))

    async def go(pilot):
        await until(pilot, lambda: app.readings.stats is not None)
        await ask(pilot, "What is 37 + 58?")
        await until(pilot, lambda: bool(app.main.conversation.turns[-1].over))
        await app.workers.wait_for_complete()
        await pilot.press("f3")

    assert snap_compare(app, terminal_size=size, run_before=go)


@SIZES
def test_an_engine_that_died(snap_compare, make_app, until, size):
    error = EngineDiedError(
        "the engine ended in the middle of its work",
        found="killed by signal 9",
        mend="it is being restarted; logs/engine.log has what it said last",
    )
    app = make_app(ScriptedEngine(Script("The sum ", "is 9", error=error)))

    async def go(pilot):
        await until(pilot, lambda: app.readings.stats is not None)
        await ask(pilot, "What is 37 + 58?")
        await until(pilot, lambda: bool(app.main.conversation.turns[-1].over))
        await app.workers.wait_for_complete()

    assert snap_compare(app, terminal_size=size, run_before=go)


@SIZES
def test_doctor(snap_compare, make_app, until, size):
    app = make_app(ScriptedEngine(), profiles.load("rtx4080_16gb_120b_like"), examine=lambda _: MISSING)

    async def go(pilot):
        await until(pilot, lambda: "something is missing" in shown(app))
        await app.workers.wait_for_complete()

    assert snap_compare(app, terminal_size=size, run_before=go)


def _benches(folder):
    """Benches that an app finds in its data folder, the last against a baseline."""
    lines = history.path_in(folder / "data")
    for number in range(6):
        history.append(lines, benches.past(number, rate=85.0 + 4 * number))
    kept.keep(folder / "data", benches.bench())
    known = benches.bench((108.0, 104.0, 111.0, 95.0, 107.0, 109.0, 106.0, 112.0, 101.0, 108.0))
    baseline.update(baseline.path_in(folder / "data"), known.entry)


@SIZES
def test_bench(snap_compare, make_app, until, size, tmp_path):
    _benches(tmp_path)
    app = make_app(ScriptedEngine())

    async def go(pilot):
        await until(pilot, lambda: app.session.ready is not None)
        await pilot.press("f8")
        await until(pilot, lambda: "the bench of 2026" in shown(app))

    assert snap_compare(app, terminal_size=size, run_before=go)


@pytest.fixture
def _here(monkeypatch, tmp_path):
    """Candidates at a time, on a machine and under a policy that are the same everywhere."""
    monkeypatch.setattr(ledger, "now", lambda: datetime.fromisoformat("2026-01-04T09:00:00"))
    monkeypatch.setattr(host, "host", lambda: SimpleNamespace(fingerprint="here"))
    monkeypatch.setattr(policy.Policy, "hash", property(lambda _: "a" * 64))
    quarantined.three(tmp_path / "data")


@SIZES
@pytest.mark.parametrize("keys", ["", "down", "right", "a"], ids=["gates", "refused", "answers", "approve"])
@pytest.mark.usefixtures("_here")
def test_promotion(snap_compare, make_app, until, size, keys):
    app = make_app(ScriptedEngine())

    async def go(pilot):
        await until(pilot, lambda: app.session.ready is not None)
        await pilot.press("f5")
        await until(pilot, lambda: "fresh: it is of the champion" in shown(app))
        if keys:
            await pilot.press(keys)
            told = {"down": "✗ REJECT  against", "right": "5/5" if size[1] > 24 else "3/5", "a": "expires"}
            await until(pilot, lambda: told[keys] in shown(app))

    assert snap_compare(app, terminal_size=size, run_before=go)


def test_the_plots_of_a_bench(snap_compare, make_app, until, tmp_path):
    _benches(tmp_path)
    app = make_app(ScriptedEngine())

    async def go(pilot):
        app.theme = "vortex-light"
        await until(pilot, lambda: app.session.ready is not None)
        await pilot.press("f8")
        await until(pilot, lambda: "the bench of 2026" in shown(app))
        await pilot.press("end")
        await until(pilot, lambda: "7 benches of this kind" in shown(app))

    assert snap_compare(app, terminal_size=(80, 24), run_before=go)


@pytest.mark.parametrize("theme", ["vortex-light", "vortex-contrast"])
def test_themes(snap_compare, make_app, until, theme):
    app = make_app(ScriptedEngine(Script(*_pieces())))

    async def go(pilot):
        app.theme = theme
        await until(pilot, lambda: app.readings.stats is not None)
        await ask(pilot, "What is 37 + 58?")
        await until(pilot, lambda: bool(app.main.conversation.turns[-1].over))
        await app.workers.wait_for_complete()

    assert snap_compare(app, run_before=go)
