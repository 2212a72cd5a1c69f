"""The workstation: paints first, then starts the engine behind the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.worker import WorkerCancelled

from vortex_tui.engine.api import EngineAPI, EngineState
from vortex_tui.profile import Profile
from vortex_tui.telemetry import machine
from vortex_tui.telemetry.sampler import SECONDS, Sampler
from vortex_tui.tui import themes
from vortex_tui.tui.actions import ACTIONS, bindings
from vortex_tui.tui.messages import BENCH, JUDGE, EngineChanged, Loaded, LoadFailed, Looked
from vortex_tui.tui.readings import Readings
from vortex_tui.tui.screens.main import MainScreen
from vortex_tui.tui.session import Session
from vortex_tui.tui.starter import Doctor, Examine, Starter

if TYPE_CHECKING:
    from vortex_tui.doctor.report import Check, Report
    from vortex_tui.tui.benching import Benching
    from vortex_tui.tui.promoting import Promoting
    from vortex_tui.tui.screens.bench import BenchScreen
    from vortex_tui.tui.screens.doctor import DoctorScreen
    from vortex_tui.tui.screens.promotion import PromotionScreen


class VortexApp(App[int]):
    """Screens, themes and the engine's life. ``missing`` is a report that is known before the start.

    ``mock``: the profile was given nano's weights. Without a ``data_dir`` there is no bench and no promotion.
    """

    TITLE = "Vortex TUI"
    # The first screen is not pushed, and only a pushed screen's own styles are loaded.
    CSS_PATH = "screens/main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        engine: EngineAPI,
        profile: Profile,
        missing: Report | None = None,
        *,
        examine: Examine | None = None,
        sampler: Sampler | None = None,
        doctor: Doctor | None = None,
        data_dir: Path | None = None,
        mock: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.session = Session(engine, profile, mocked=mock)
        self.readings = Readings(clock)
        self.main = MainScreen(self.session, self.readings, data_dir)
        self._starter = Starter(self.session, examine, missing)
        self._sampler = sampler or machine.sampler()
        self._doctor: DoctorScreen | None = None
        self._mender = doctor
        self._data_dir = data_dir
        self._benching: Benching | None = None
        self._bench: BenchScreen | None = None
        self._promoting: Promoting | None = None
        self._promotion: PromotionScreen | None = None

    def get_default_screen(self) -> Screen[None]:
        """The main screen is the first one painted."""
        return self.main

    def on_mount(self) -> None:
        """Themes, then paint, then everything that takes time."""
        self._load_themes()
        self.session.engine.subscribe(self._engine_changed)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._sampler.start()
        self.set_interval(SECONDS, self._poll)
        self.start_engine()

    # --- the engine ---------------------------------------------------------

    def _engine_changed(self, state: EngineState) -> None:
        self.main.post_message(EngineChanged(state))

    def start_engine(self) -> None:
        """Look for what is missing and load, behind the screen. A second call replaces the first."""
        self.run_worker(self._start(), group="engine", exclusive=True)

    async def _start(self) -> None:
        await self._starter.look(lambda: self.post_message(Looked()))
        await self._show_doctor()
        self.post_message(Loaded() if await self._starter.open() else LoadFailed())

    async def on_looked(self, _: Looked) -> None:
        """Show each check as it comes."""
        await self._show_doctor()

    async def on_loaded(self, _: Loaded) -> None:
        """The conversation can begin."""
        self.main.loaded()
        await self._show_doctor()

    async def on_load_failed(self, _: LoadFailed) -> None:
        """Never just a message: the doctor says what to do."""
        await self.action_doctor()

    async def on_unmount(self) -> None:
        """Leave no process behind."""
        # A driver may take its time, and the thread waits for it.
        await asyncio.gather(self.session.engine.close(), asyncio.to_thread(self._sampler.close))

    # --- telemetry ----------------------------------------------------------

    def _poll(self) -> None:
        if not any(worker.group == "poll" and not worker.is_finished for worker in self.workers):
            self.run_worker(self._measure(), group="poll")

    async def _measure(self) -> None:
        stats = await self.session.stats()
        self._sampler.watch(stats.pid or None if stats else None)
        self.readings.measured(self._sampler.latest, stats, self.session.profile.budget.max_vram_mb)
        self.main.show_readings()

    # --- themes -------------------------------------------------------------

    def _load_themes(self) -> None:
        found, problems = themes.find()
        for theme in found:
            self.register_theme(theme)
        self._own_themes = [theme.name for theme in found]
        if themes.DEFAULT in self._own_themes:
            self.theme = themes.DEFAULT
        for problem in problems:
            self.notify(str(problem), title="Theme", severity="warning", markup=False, timeout=10)

    def _use_theme(self, name: str) -> None:
        self.theme = name

    # --- actions ------------------------------------------------------------

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every action of the registry that can be done here, and every theme."""
        own = screen.id if screen.id in ("doctor", "bench", "promotion") else "chat"
        for action in ACTIONS:
            if action.place in ("app", own) and action.name != "command_palette":
                target = self if action.place == "app" else screen
                run = partial(target.run_action, action.name)
                yield SystemCommand(f"{action.label} ({action.key_words})", action.description, run)
        for name in self._own_themes:
            yield SystemCommand(f"Theme: {name}", "Change the colours", partial(self._use_theme, name))

    async def action_help(self) -> None:
        """Show every key."""
        from vortex_tui.tui.screens.help import HelpScreen

        await self.push_screen(HelpScreen())

    async def action_chat(self) -> None:
        """Close what is over the conversation, and type."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.main.show_chat()

    async def action_bank(self) -> None:
        """Show the bank; on a wide screen it always is."""
        if len(self.screen_stack) > 1:
            await self.action_chat()
        self.main.toggle_bank()

    def action_next_gpu(self) -> None:
        """Show another GPU's figures."""
        self.readings.next_gpu()
        self.main.show_readings()

    async def action_doctor(self) -> None:
        """Show what is missing or failed."""
        from vortex_tui.tui.screens.doctor import DoctorScreen

        if self._doctor is None or not self._doctor.is_attached:
            self._doctor = DoctorScreen(self.session)
            await self.push_screen(self._doctor)
        await self._show_doctor()

    async def _show_doctor(self) -> None:
        if self._doctor is not None and self._doctor.is_attached:
            await self._doctor.show(self._starter.report, looking=self._starter.looking)

    async def on_doctor_screen_wanted(self, event: DoctorScreen.Wanted) -> None:
        """Take nano, or look again."""
        if event.nano:
            # What it measures is about to go.
            self.workers.cancel_group(self, BENCH)
            await self._stop_gates()
            self.session.mock()
            await self.action_chat()
        self.start_engine()

    async def _stop_gates(self) -> None:
        """They load the old profile again before they end: what is loaded next must come after."""
        if self._promoting is not None and self._promoting.running:
            if self._promoting.stop():
                self.workers.cancel_group(self, JUDGE)
            for worker in [worker for worker in self.workers if worker.group == JUDGE]:
                with suppress(WorkerCancelled):
                    await worker.wait()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Without a data folder there is no bench, and nothing to promote."""
        return action not in ("bench", "promotion") or self._data_dir is not None

    async def action_bench(self) -> None:
        """Measure, compare, keep a baseline. What plots is imported now, and no sooner."""
        from vortex_tui.tui.benching import Benching
        from vortex_tui.tui.screens.bench import BenchScreen

        if self._benching is None and self._data_dir is not None:
            self._benching = Benching(self.session, self._data_dir)
            self._benching.subscribe(self._bench_changed)
        if self._benching is not None and (self._bench is None or not self._bench.is_attached):
            self._bench = BenchScreen(self.session, self._benching)
            await self.push_screen(self._bench)

    def _bench_changed(self) -> None:
        benching = self._benching
        self.main.show_work("bench", benching.share if benching and benching.running else None)

    async def action_promotion(self) -> None:
        """Judge, approve, roll back. What judges is imported now, and no sooner."""
        from vortex_tui.tui.promoting import Promoting
        from vortex_tui.tui.screens.promotion import PromotionScreen

        if self._promoting is None and self._data_dir is not None:
            self._promoting = Promoting(self.session, self._data_dir)
            self._promoting.subscribe(self._promoting_changed)
        if self._promoting is not None and (self._promotion is None or not self._promotion.is_attached):
            self._promotion = PromotionScreen(self.session, self._promoting)
            await self.push_screen(self._promotion)

    def _promoting_changed(self) -> None:
        promoting = self._promoting
        running = promoting is not None and promoting.running
        self.main.show_work("gates", promoting.share if promoting and running else None)
        if not running:
            self.main.show_bank()

    def on_doctor_screen_again(self, event: DoctorScreen.Again) -> None:
        """One check, behind the screen."""
        if self._mender is not None:
            self.run_worker(self._again(self._mender, event.id, event.mend), group="again", exclusive=True)

    async def _again(self, doctor: Doctor, id: str, wanted: bool) -> None:
        from vortex_tui.tui import mending

        profile = self.session.profile
        if wanted:
            await mending.mend(self, self._starter, doctor, profile, id)
        else:
            await mending.again(self._starter, doctor, profile, id)
        await self._show_doctor()


def run(profile: Profile, data_dir: Path, *, mock: bool) -> int:
    """Open the workstation on ``profile`` (``mock``: with nano's weights) and return the exit status."""
    from vortex_tui.engine.client import Engine
    from vortex_tui.tui.mending import LocalDoctor

    def examine(wanted: Profile) -> Iterable[Check]:
        from vortex_tui.doctor import run
        from vortex_tui.doctor.context import Context

        return run.stream(run.SHALLOW, Context(wanted, data_dir))

    chosen = profile.mocked() if mock else profile
    app = VortexApp(
        Engine(data_dir, face="tui"),
        chosen,
        examine=examine,
        sampler=machine.sampler(data_dir),
        doctor=LocalDoctor(data_dir),
        data_dir=data_dir,
        mock=mock,
    )
    return app.run() or app.return_code or 0
