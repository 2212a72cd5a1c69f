"""The last question before a promotion: what will be bound, and the candidate's id to be typed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from vortex_tui.escape import one_line
from vortex_tui.promotion.approval import LIFETIME
from vortex_tui.promotion.report import GateReport, Version

_LABEL = "$text-muted"
# What a closed screen gives: None for Esc, REJECT, else what was typed.
REJECT = ""


class ApproveScreen(ModalScreen[str | None]):
    """Gives what was typed, REJECT for the button that has the focus first, None for Esc."""

    CSS_PATH = "approve.tcss"
    AUTO_FOCUS = "#approve-reject"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, found: GateReport) -> None:
        super().__init__()
        self._found = found

    def compose(self) -> ComposeResult:
        """What is bound, the word, the two ways."""
        with VerticalScroll(id="approve") as view:
            view.border_title = "Approve — Esc leaves it undecided"
            # The keys go between the two ways and the word alone.
            view.can_focus = False
            yield Static(bound(self._found), id="approve-bound")
            yield Input(placeholder="the candidate's id", id="approve-typed", select_on_focus=False)
            with Horizontal(id="approve-keys"):
                yield Button("Reject …", id="approve-reject")
                yield Button("Approve and promote", id="approve-yes", disabled=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Nothing typed approves nothing."""
        self.query_one("#approve-yes", Button).disabled = not event.value.strip()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter after the word is the word."""
        if event.value.strip():
            self.dismiss(event.value)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of the two ways."""
        typed = self.query_one("#approve-typed", Input).value
        self.dismiss(REJECT if event.button.id == "approve-reject" else typed)


def bound(found: GateReport) -> Content:
    """Exactly what an approval of this report is for."""
    minutes = int(LIFETIME.total_seconds() // 60)
    champion = _version(found.champion) if found.champion else Content("nobody: the base answers alone")
    rows = (
        ("candidate", _version(found.candidate)),
        ("in place of", champion),
        ("gates", Content(f"{found.verdict}, {len(found.gates)} of them, {one_line(found.created)}")),
        ("report", Content(found.hash)),
        ("policy", Content(found.policy_hash)),
        ("base", Content(found.base_fingerprint)),
        ("expires", Content(f"{minutes} minutes after it is typed; it is used once, now")),
    )
    lines = [Content.assemble((f"{label:<12}", _LABEL), value) for label, value in rows]
    ask = Content.assemble("\nType ", (one_line(found.candidate.id), "bold $text-accent"), " to promote it.")
    return Content("\n").join([*lines, ask])


def _version(version: Version) -> Content:
    return Content.assemble((one_line(version.id), "bold"), f"\n{'':<12}{version.content_hash}")
