"""What is known of the chosen candidate, in five sections with one shown at a time."""

from __future__ import annotations

import asyncio

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static, TabbedContent, TabPane, Tabs

from vortex_tui.promotion.report import GateReport
from vortex_tui.tui.quarantine import Quarantine, Waiting
from vortex_tui.tui.widgets.gate_table import gates_content
from vortex_tui.tui.widgets.ledger_lines import ledger_content
from vortex_tui.tui.widgets.moved_prompts import moved_content
from vortex_tui.tui.widgets.provenance import provenance_content
from vortex_tui.tui.widgets.sample_pair import SamplePair

_TITLES = {
    "gates": "Gates",
    "answers": "Answers",
    "routing": "Routing",
    "origin": "Data",
    "ledger": "History",
}
_ORDER = tuple(_TITLES)
_NONE = (
    "Nothing is in quarantine. vortex-tui train-experts trains an expert; what it makes waits here for the "
    "gates and for you."
)
_NO_ANSWERS = "No answers: they are made once the gates on files have passed."


class Sections(Vertical):
    """Shows one candidate, and the ledger of all."""

    def __init__(self) -> None:
        super().__init__(id="sections")
        self._texts = {name: Static("") for name in _ORDER if name != "answers"}
        self._answers = VerticalScroll(id="answers-view")
        self._tabs = TabbedContent(initial=_ORDER[0])
        self._report: GateReport | None = None
        self._shown = False
        self._showing = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """A tab a section, each scrolling."""
        with self._tabs:
            for name, title in _TITLES.items():
                with TabPane(title, id=name):
                    yield self._answers if name == "answers" else VerticalScroll(self._texts[name])

    def on_mount(self) -> None:
        """The screen's keys change sections wherever the focus is: the strip needs none."""
        self._tabs.query_one(Tabs).can_focus = False

    def step(self, by: int) -> None:
        """Another section, around the ends; a reader inside stays inside."""
        inside = self.has_focus_within
        place = _ORDER.index(self._tabs.active)
        self._tabs.active = _ORDER[(place + by) % len(_ORDER)]
        if inside:
            self.call_after_refresh(self.enter)

    def enter(self) -> None:
        """Into the section that is shown, to scroll in it."""
        self._tabs.get_pane(self._tabs.active).query_one(VerticalScroll).focus()

    async def show(self, seen: Quarantine, waiting: Waiting | None) -> None:
        """The newest of one candidate; None where none is chosen."""
        report = waiting.candidate.report if waiting else None
        if waiting is None:
            nothing = Content.styled(_NONE, "$text-muted")
            told = dict.fromkeys(("gates", "routing", "origin"), nothing)
        else:
            told = {
                "gates": gates_content(waiting),
                "routing": moved_content(report),
                "origin": provenance_content(waiting.manifest),
            }
        told["ledger"] = ledger_content(seen)
        for name, content in told.items():
            self._texts[name].update(content)
        # Two draws at once would leave what neither of them mounted.
        async with self._showing:
            if report != self._report or not self._shown:
                await self._show_answers(report)
                self._report, self._shown = report, True

    async def _show_answers(self, report: GateReport | None) -> None:
        samples = report.samples if report else ()
        before = "the champion" if report and report.champion else "without it"
        rows: list[Widget] = [
            SamplePair(sample, f"{place}/{len(samples)}", before) for place, sample in enumerate(samples, 1)
        ]
        async with self.batch():
            await self._answers.remove_children()
            await self._answers.mount_all(rows or [Static(Content.styled(_NO_ANSWERS, "$text-muted"))])
