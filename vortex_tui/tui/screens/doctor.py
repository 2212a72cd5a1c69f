"""The first doctor's screen: what is missing, where it was looked for, how to mend it, and nano instead."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from vortex_tui.doctor.report import Check, Report, Status
from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line, visible
from vortex_tui.tui.actions import bindings
from vortex_tui.tui.session import Session
from vortex_tui.tui.widgets.error_block import error_content

_MARKS: dict[Status, tuple[str, str]] = {
    "fail": ("✗", "bold $text-error"),
    "warn": ("!", "bold $text-warning"),
    "pass": ("✓", "$text-success"),
    "skip": ("–", "$text-muted"),
}
_OFFER = (
    "runs this profile's rules on nano: a small real model that is shipped, loads in a second, "
    "needs no GPU and no download."
)


def check_content(check: Check) -> Content:
    """One check: in full when something is wrong with it, else on one line."""
    mark, style = _MARKS[check.status]
    parts: list[Content | tuple[str, str]] = [(f"{mark} {check.title}", style)]
    if check.status in ("pass", "skip"):
        return Content.assemble(*parts, ("  " + one_line(check.found), "$text-muted"))
    for label, text in (("found", check.found), ("expected", check.expected), ("mend", check.mend)):
        if text:
            parts += [(f"\n  {label:<9}", "$text-muted"), Content(visible(text))]
    return Content.assemble(*parts)


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

    def __init__(self, session: Session) -> None:
        super().__init__(id="doctor")
        self._session = session
        self._title = Static("", id="doctor-title")
        self._view = VerticalScroll(id="doctor-view")
        self._offer = Static("", id="doctor-offer")

    def compose(self) -> ComposeResult:
        """Title, report, offer, keys."""
        yield self._title
        yield self._view
        yield self._offer
        yield Footer(compact=True)

    @property
    def _on_nano(self) -> bool:
        return self._session.profile.core.hf_model == "nano"

    async def show(self, report: Report | None) -> None:
        """The newest of everything. A report of None is still being made."""
        failure = self._session.trouble
        self._title.update(self._title_words(report, failure))
        blocks = [Static(error_content(failure))] if failure is not None else []
        blocks += [Static(content) for content in _report_contents(report)]
        await self._view.remove_children()
        await self._view.mount_all(blocks)
        self._offer.display = not self._on_nano
        self._offer.update(Content.assemble(("n  ", "bold $text-accent"), _OFFER))
        self.refresh_bindings()

    def _title_words(self, report: Report | None, failure: VortexError | None) -> Content:
        if failure is not None:
            words = "the engine could not load"
        elif report is None:
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

    def action_leave(self) -> None:
        """Back to the conversation."""
        self.app.pop_screen()


def _report_contents(report: Report | None) -> list[Content]:
    if report is None:
        return [Content.styled("Looking at this machine …", "$text-muted")]
    wrong = [check_content(c) for status in ("fail", "warn") for c in report.checks if c.status == status]
    fine = [check_content(c) for c in report.checks if c.status in ("pass", "skip")]
    return [*wrong, Content("\n").join(fine)]
