"""The promotion screen: what waits in quarantine, what the gates say, and a person's decision."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line
from vortex_tui.promotion.line import Line
from vortex_tui.tui import deciding
from vortex_tui.tui.actions import bindings
from vortex_tui.tui.messages import DECIDE, JUDGE
from vortex_tui.tui.promoting import Promoting
from vortex_tui.tui.quarantine import Quarantine, Waiting
from vortex_tui.tui.session import Session
from vortex_tui.tui.widgets.candidate_list import CandidateList
from vortex_tui.tui.widgets.error_block import error_content
from vortex_tui.tui.widgets.ledger_lines import broken
from vortex_tui.tui.widgets.sections import Sections
from vortex_tui.tui.words import bar

_BAR = 20
_NOTHING = Quarantine()


class PromotionScreen(Screen[None]):
    """Shows what ``promoting`` has. The gates go on when the screen is left."""

    CSS_PATH = "promotion.tcss"
    AUTO_FOCUS = "#candidates"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = bindings("promotion")

    def __init__(self, session: Session, promoting: Promoting) -> None:
        super().__init__(id="promotion")
        self._session = session
        self._promoting = promoting
        self._title = Static("", id="promotion-title")
        self._progress = Static("", id="promotion-progress")
        self._failure = Static("", id="promotion-failure")
        self._list = CandidateList()
        self._sections = Sections()
        self._drawn: Quarantine | None = None
        self._about: str | None = None
        self._was_running = False
        self._forget: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        """Title, progress and refusal, candidates, sections, keys."""
        yield self._title
        yield self._progress
        yield self._failure
        yield Container(self._list, self._sections, id="promotion-body")
        yield Footer(compact=True)

    async def on_mount(self) -> None:
        """Show what there is, then look."""
        self._forget = self._promoting.subscribe(self.show)
        self._was_running = self._promoting.running
        self.show()
        await self._promoting.look()

    def on_unmount(self) -> None:
        """Nothing is shown here any more."""
        self._forget()

    # --- what is shown ------------------------------------------------------

    @property
    def _seen(self) -> Quarantine:
        return self._promoting.seen or _NOTHING

    @property
    def _chosen(self) -> Waiting | None:
        return self._seen.find(self._list.chosen)

    def show(self) -> None:
        """The newest of everything."""
        promoting = self._promoting
        self._title.update(self._title_words())
        self._progress.display = promoting.running
        full, empty = bar(promoting.share, _BAR)
        words = f" {promoting.share:4.0%}  {one_line(promoting.judged)}: {one_line(promoting.title)}"
        self._progress.update(Content.assemble((full, "$accent"), (empty, "$text-muted"), words))
        self._failure.display = promoting.error is not None
        if promoting.error is not None:
            self._failure.update(error_content(promoting.error))
        if promoting.seen is not self._drawn:
            self._drawn = promoting.seen
            self._list.show(self._seen.waiting, promoting.judged)
            self._draw()
        if promoting.running is not self._was_running:
            self._was_running = promoting.running
            self.refresh_bindings()

    def _title_words(self) -> Content:
        name = one_line(self._session.profile.name)
        nano = " on nano (--mock)" if self._session.mocked else ""
        seen = self._promoting.seen
        if self._promoting.running:
            words = "the gates run; questions of the chat wait"
        elif seen is None:
            words = "looking …" if self._promoting.error is None else "nothing can be promoted"
        else:
            words = f"{len(seen.waiting)} in quarantine · x reject · u undo"
        head = Content.assemble(("Promote  ", "bold $text-primary"), f"profile {name}{nano}: {words}")
        told = [Content.styled(each, "bold $text-error") for each in broken(self._seen)[:1]]
        return Content("\n").join([head, *told])

    def on_option_list_option_highlighted(self) -> None:
        """Another candidate is chosen; what was refused of the one before is put away."""
        if self._list.chosen != self._about:
            self._about, self._promoting.error = self._list.chosen, None
            self.show()
        self._draw()

    def on_option_list_option_selected(self) -> None:
        """Enter leads into what is known of it."""
        self._sections.enter()

    def _draw(self) -> None:
        # Each to its end, one after the other: a draw that is cancelled has mounted half of it.
        self.run_worker(self._sections.show(self._seen, self._chosen), group="draw")

    # --- actions ------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Escape stops gates that run, else it leaves."""
        running = self._promoting.running
        return {"stop_gates": running, "leave": not running}.get(action, True)

    def action_next_section(self) -> None:
        """The section to the right."""
        self._sections.step(1)

    def action_previous_section(self) -> None:
        """The section to the left."""
        self._sections.step(-1)

    def action_look_again(self) -> None:
        """Read the files again; a refusal that was read is put away."""
        self._promoting.error = None
        self.app.run_worker(self._promoting.look(), group=DECIDE, exclusive=True)

    def action_judge(self) -> None:
        """Every gate, behind the screen."""
        chosen = self._free()
        if chosen is None:
            return
        if not self._session.can_answer:
            self.notify("The model is not loaded: F4 tells why.", severity="warning", markup=False)
            return
        self.app.run_worker(self._promoting.judge(chosen.id), group=JUDGE, exclusive=True)

    def action_approve(self) -> None:
        """Ask the person, then promote."""
        if (chosen := self._free()) is not None:
            self._decide(deciding.approve(self.app, self._promoting, chosen.id))

    def action_reject(self) -> None:
        """Ask for the reason."""
        if (chosen := self._free()) is not None:
            self._decide(deciding.reject(self.app, self._promoting, chosen.id))

    def action_roll_back(self) -> None:
        """Ask, then go back."""
        if (chosen := self._free()) is not None:
            self._decide(deciding.roll_back(self.app, self._promoting, chosen))

    def _free(self) -> Waiting | None:
        """The chosen candidate, while nothing runs that a decision would meet."""
        if self._promoting.running:
            self.notify("The gates run: Esc stops them.", markup=False)
            return None
        if self._chosen is None:
            self.notify("There is no candidate to decide about.", markup=False)
        return self._chosen

    def _decide(self, work: Coroutine[Any, Any, Line | None]) -> None:
        async def done() -> None:
            try:
                line = await work
            except VortexError:
                return  # it is shown above the candidates, and the ledger has it
            if line is not None:
                self.app.notify(deciding.told(line), markup=False)

        self.app.run_worker(done(), group=DECIDE, exclusive=True)

    def action_stop_gates(self) -> None:
        """Stop once; the profile is then loaded again, which a second stop must not end."""
        if self._promoting.stop():
            self.app.workers.cancel_group(self.app, JUDGE)

    def action_leave(self) -> None:
        """Back to the conversation."""
        self.app.pop_screen()
