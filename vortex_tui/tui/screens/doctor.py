"""The doctor's screen: what is missing, where it was looked for, how to mend it, and nano instead."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from vortex_tui.doctor.report import Report
from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line
from vortex_tui.tui.actions import bindings
from vortex_tui.tui.session import Session
from vortex_tui.tui.widgets.check_row import CheckRow, check_text
from vortex_tui.tui.widgets.error_block import error_content

_OFFER = (
    "runs this profile's rules on nano: a small real model that is shipped, loads in a second, "
    "needs no GPU and no download."
)


class DoctorScreen(Screen[None]):
    """Shows a report and the load's failure. It looks at nothing itself: it asks the app."""

    CSS_PATH = "doctor.tcss"
    AUTO_FOCUS = "#doctor-view"
    BINDINGS: ClassVar[list[BindingType]] = bindings("doctor")

    class Wanted(Message):
        """The reader wants nano (``nano``), or another look and another try."""

        def __init__(self, *, nano: bool) -> None:
            super().__init__()
            self.nano = nano

    class Again(Message):
        """The reader wants one check made again, or mended where that is safe (``mend``)."""

        def __init__(self, id: str, *, mend: bool = False) -> None:
            super().__init__()
            self.id = id
            self.mend = mend

    def __init__(self, session: Session) -> None:
        super().__init__(id="doctor")
        self._session = session
        self._title = Static("", id="doctor-title")
        self._failure = Static("", id="doctor-failure")
        self._looking = Static(Content.styled("Looking at this machine …", "$text-muted"))
        self._view = VerticalScroll(self._failure, self._looking, id="doctor-view")
        self._offer = Static("", id="doctor-offer")
        self._report: Report | None = None
        # A look that ends and a check that comes in are told by two tasks.
        self._showing = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Title, report, offer, keys."""
        yield self._title
        yield self._view
        yield self._offer
        yield Footer(compact=True)

    @property
    def _on_nano(self) -> bool:
        return self._session.profile.core.hf_model == "nano"

    async def show(self, report: Report | None, *, looking: bool = False) -> None:
        """The newest of everything. While ``looking`` more checks are on their way."""
        async with self._showing:
            await self._show(report, looking)

    async def _show(self, report: Report | None, looking: bool) -> None:
        failure, self._report = self._session.trouble, report
        self._failure.display = failure is not None
        if failure is not None:
            self._failure.update(error_content(failure))
        self._looking.display = report is None
        await self._show_rows(report)
        # Last: who reads that the look is over finds all of it.
        self._title.update(self._title_words(report, failure, looking))
        self._offer.display = not self._on_nano
        self._offer.update(Content.assemble(("n  ", "bold $text-accent"), _OFFER))
        self.refresh_bindings()

    async def _show_rows(self, report: Report | None) -> None:
        """Rows that are there stay, so that who reads keeps the place."""
        rows = {row.check.id: row for row in self._view.query(CheckRow)}
        checks = {check.id: check for check in report or ()}
        for id, check in checks.items():
            if id in rows:
                rows[id].show(check)
            else:
                rows[id] = CheckRow(check)
                await self._view.mount(rows[id])
        for id in rows.keys() - checks.keys():
            await rows[id].remove()
        self._view.sort_children(key=lambda child: child.rank if isinstance(child, CheckRow) else (-1, 0))

    def _title_words(self, report: Report | None, failure: VortexError | None, looking: bool) -> Content:
        if failure is not None:
            words = "the engine could not load"
        elif report is None or looking:
            words = "looking …"
        else:
            words = "nothing is missing" if report.ok else "something is missing"
        if self._session.can_answer:
            words += "; the model is loaded"
        name = one_line(self._session.profile.name)
        return Content.assemble(("Doctor  ", "bold $text-primary"), f"profile {name}: {words}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nano is no offer to a profile that is nano."""
        return not (action == "run_on_nano" and self._on_nano)

    def action_run_on_nano(self) -> None:
        """Take nano's weights."""
        self.post_message(self.Wanted(nano=True))

    def action_check_again(self) -> None:
        """Look again."""
        self.post_message(self.Wanted(nano=False))

    def action_check_one(self) -> None:
        """Make the chosen check again."""
        self._ask(mend=False)

    def action_mend(self) -> None:
        """Mend what the chosen check found, where that is safe."""
        self._ask(mend=True)

    def _ask(self, *, mend: bool) -> None:
        if isinstance(self.focused, CheckRow):
            self.post_message(self.Again(self.focused.check.id, mend=mend))
        else:
            self.notify("Choose a check first: Tab.", markup=False)

    def action_copy_report(self) -> None:
        """Offer the report to the terminal; whether it takes it cannot be known."""
        if self._report is not None:
            self.app.copy_to_clipboard("\n".join(map(check_text, self._report)))
            self.notify("Sent to the terminal's clipboard.", markup=False)

    def action_leave(self) -> None:
        """Back to the conversation."""
        self.app.pop_screen()
