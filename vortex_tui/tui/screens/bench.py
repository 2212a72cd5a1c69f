"""The bench's screen: measure, see verdicts and plots, keep a baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from vortex_tui.bench.plan import BASELINE_RUNS
from vortex_tui.bench.seen import Seen
from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line, visible
from vortex_tui.tui.actions import bindings
from vortex_tui.tui.benching import RUNS, Benching
from vortex_tui.tui.messages import BENCH
from vortex_tui.tui.screens.confirm import ConfirmScreen
from vortex_tui.tui.session import Session
from vortex_tui.tui.widgets.bench_plots import PastPlot, RunsPlot, past_caption, runs_caption
from vortex_tui.tui.widgets.bench_report import report_content
from vortex_tui.tui.widgets.error_block import error_content
from vortex_tui.tui.words import bar, moment

_BAR = 24


class BenchScreen(Screen[None]):
    """Shows what ``benching`` has. The bench goes on when the screen is left."""

    CSS_PATH = "bench.tcss"
    AUTO_FOCUS = "#bench-view"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (132, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = bindings("bench")

    def __init__(self, session: Session, benching: Benching) -> None:
        super().__init__(id="bench")
        self._session = session
        self._benching = benching
        self._title = Static("", id="bench-title")
        self._progress = Static("", id="bench-progress")
        self._failure = Static("", id="bench-failure")
        self._report = Static("", id="bench-report")
        self._runs, self._past = RunsPlot(), PastPlot()
        self._runs_caption, self._past_caption = Static(""), Static("")
        self._plots = Vertical(
            self._runs_caption, self._runs, self._past_caption, self._past, id="bench-plots"
        )
        self._drawn: Seen | None = None
        self._was_running = False
        self._forget: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        """Title, progress, figures and plots, keys."""
        yield self._title
        yield self._progress
        words = Vertical(self._failure, self._report, id="bench-words")
        yield VerticalScroll(Container(words, self._plots, id="bench-columns"), id="bench-view")
        yield Footer(compact=True)

    async def on_mount(self) -> None:
        """Show what there is, then the last bench that was kept."""
        self._forget = self._benching.subscribe(self.show)
        self._was_running = self._benching.running
        self.show()
        await self._benching.recall()

    def on_unmount(self) -> None:
        """Nothing is shown here any more."""
        self._forget()

    # --- what is shown ------------------------------------------------------

    def show(self) -> None:
        """The newest of everything."""
        benching = self._benching
        self._title.update(self._title_words())
        self._progress.display = benching.running
        full, empty = bar(benching.share, _BAR)
        self._progress.update(
            Content.assemble(
                (full, "$accent"), (empty, "$text-muted"), f" {benching.share:4.0%}  ", benching.title
            )
        )
        self._failure.display = benching.error is not None
        if benching.error is not None:
            self._failure.update(error_content(benching.error))
        self._show_seen(benching.seen)
        if benching.running is not self._was_running:
            self._was_running = benching.running
            self.refresh_bindings()

    def _show_seen(self, seen: Seen | None) -> None:
        self._plots.display = seen is not None
        self._past.display = self._past_caption.display = seen is not None and len(seen.past) > 1
        if seen is None:
            told = "Nothing was measured on this profile yet. r measures: about a minute on nano."
            self._report.update(Content.styled(told, "$text-muted"))
        elif seen is not self._drawn:
            self._draw(seen)
        self._drawn = seen

    def _draw(self, seen: Seen) -> None:
        words = Content.styled(f"\n! {seen.words}", "$text-warning") if seen.words else Content("")
        self._report.update(Content.assemble(report_content(seen.report), words))
        self._runs_caption.update(runs_caption(seen.baseline.created if seen.baseline else ""))
        own = seen.report.spread["tokens_per_sec"].values
        self._runs.show(own, seen.baseline.tokens_per_sec if seen.baseline else ())
        self._past_caption.update(past_caption(len(seen.past)))
        self._past.show(seen.past, seen.report.created)

    def _title_words(self) -> Content:
        seen, session = self._benching.seen, self._session
        if self._benching.running:
            words = "measuring; questions of the chat wait"
        elif seen is None:
            words = "nothing measured yet"
        else:
            kept = "measured just now" if seen.entry else f"the bench of {moment(seen.report.created)}"
            words = kept + (", the baseline" if seen.entry and seen.entry == seen.baseline else "")
        nano = " on nano (--mock)" if session.mocked else ""
        name = one_line(session.profile.name)
        return Content.assemble(("Bench  ", "bold $text-primary"), f"profile {name}{nano}: {words}")

    # --- actions ------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Escape stops a bench that runs, else it leaves."""
        running = self._benching.running
        return {"stop_bench": running, "leave": not running}.get(action, True)

    def action_run_bench(self) -> None:
        """Measure."""
        if self._free():
            self.app.run_worker(self._benching.run(RUNS), group=BENCH, exclusive=True)

    def action_baseline(self) -> None:
        """Keep what is shown, or measure what can be kept; both are asked for first."""
        if self._free():
            self.app.run_worker(self._baseline(), group=BENCH, exclusive=True)

    def _free(self) -> bool:
        if self._benching.running:
            self.notify("A bench runs already: Esc stops it.", markup=False)
        elif not self._session.can_answer:
            self.notify("The model is not loaded: F4 tells why.", severity="warning", markup=False)
        else:
            return True
        return False

    async def _baseline(self) -> None:
        app, benching = self.app, self._benching
        if not benching.can_be_baseline:
            question = f"A baseline takes a bench of {BASELINE_RUNS} runs. Measure one now?"
            if not await app.push_screen_wait(ConfirmScreen(question)):
                return
            if not await benching.run(BASELINE_RUNS):
                return
        if not await app.push_screen_wait(ConfirmScreen(self._question())):
            return
        try:
            await benching.save()
        except VortexError as error:
            app.notify(visible(str(error)), severity="error", markup=False, timeout=10)
            return
        app.notify("Kept as the baseline.", markup=False)

    def _question(self) -> str:
        seen = self._benching.seen
        known = seen.baseline if seen else None
        instead = f" in place of that of {moment(known.created)}" if known else ""
        name = one_line(self._session.profile.name)
        return f"Keep this bench as the baseline of {name}{instead}? Later benches are judged by it."

    def action_stop_bench(self) -> None:
        """Stop; what was shown before is shown again."""
        self.app.workers.cancel_group(self.app, BENCH)

    def action_leave(self) -> None:
        """Back to the conversation."""
        self.app.pop_screen()
