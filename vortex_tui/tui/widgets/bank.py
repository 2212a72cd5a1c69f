"""The bank: what the router thought of every expert for the last prompt, the leading one first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vortex_tui.engine.protocol import ExpertInfo, RoutedMix
from vortex_tui.escape import visible
from vortex_tui.tui.widgets.decision import Drawing
from vortex_tui.tui.words import memory, name_of

# Lines that a list has at most: a bank may have thousands of experts.
_MOST = 20
_NAME = 16
_LABEL = "$text-muted"


def _more(count: int) -> list[Content]:
    """What is said of the rest of a list of ``count``."""
    rest = count - _MOST
    return [Content.styled(f"  … and {rest:,} more", _LABEL)] if rest > 0 else []


class Bank(VerticalScroll):
    """Shows the last decision, and the experts that cannot be used with the reason."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="bank")
        self.border_title = "Bank"
        self._view = Static("", id="bank-view")
        self._experts: Sequence[ExpertInfo] = ()
        self._names: Mapping[str, str] = {}
        self._notes: Sequence[str] = ()
        self._warnings: Sequence[str] = ()
        self._routed: RoutedMix | None = None

    def compose(self) -> ComposeResult:
        """One static text in a scroll."""
        yield self._view

    def show(
        self, experts: Sequence[ExpertInfo], names: Mapping[str, str], notes: Sequence[str] = ()
    ) -> None:
        """The experts of the bank, and what the engine noted when it loaded."""
        self._experts, self._names, self._notes = experts, names, notes
        self._draw()

    def decided(self, routed: RoutedMix | None) -> None:
        """The decision for the last prompt; None for a new chat."""
        self._routed = routed
        self._draw()

    def warn(self, warnings: Sequence[str]) -> None:
        """What the engine finds costly now; drawn again only when it changes."""
        if warnings != self._warnings:
            self._warnings = warnings
            self._draw()

    def on_resize(self) -> None:
        """Bars follow the width."""
        self._draw()

    def _draw(self) -> None:
        lines = self._decision(self._routed) if self._routed else self._resting()
        self._view.update(Content("\n").join([*lines, *self._costs(), *self._problems()]))
        usable = sum(not expert.problem for expert in self._experts)
        self.border_title = f"Bank · {usable:,} experts" if self._experts else "Bank"

    def _decision(self, routed: RoutedMix) -> list[Content]:
        return list(Drawing(routed, self._names, self._view.content_size.width).lines())

    # --- before a prompt ----------------------------------------------------

    def _resting(self) -> list[Content]:
        if not self._experts:
            return [Content.styled("The experts are shown when the model is loaded.", _LABEL)]
        lines = [Content.styled("No prompt yet. The experts of this bank:", _LABEL), Content("")]
        usable = [expert for expert in self._experts if not expert.problem]
        usable.sort(key=lambda expert: not expert.champion)
        lines += [self._resting_row(expert) for expert in usable[:_MOST]]
        lines += _more(len(usable))
        notes = [Content.styled(f"· {visible(note)}", _LABEL) for note in self._notes]
        return [*lines, Content(""), *notes] if notes else lines

    def _resting_row(self, expert: ExpertInfo) -> Content:
        size = memory(expert.bytes / 1024 / 1024)
        name = name_of(expert.id, self._names)
        # Without exemplars the router cannot know what an expert is for.
        told = f"rank {expert.rank}" if expert.exemplars else "by name only"
        # A version that was rolled back, or one that another was promoted over.
        serves = "" if expert.champion else " · does not serve"
        style = "bold" if expert.champion else _LABEL
        return Content.assemble((f"  {name:<{_NAME}}", style), (f" {told} · {size}{serves}", _LABEL))

    # --- what costs, and what cannot be used ------------------------------------------------

    def _costs(self) -> list[Content]:
        told = [Content.styled(f"! {visible(warning)}", "$text-warning") for warning in self._warnings]
        return [Content(""), *told] if told else []

    def _problems(self) -> list[Content]:
        broken = [expert for expert in self._experts if expert.problem]
        if not broken:
            return []
        lines = [Content(""), Content.styled("Not usable", "bold $text-warning")]
        return [*lines, *map(self._problem, broken[:_MOST]), *_more(len(broken))]

    def _problem(self, expert: ExpertInfo) -> Content:
        return Content.assemble(
            (f"✗ {name_of(expert.id, self._names)}  ", "$text-warning"), Content(visible(expert.problem))
        )
