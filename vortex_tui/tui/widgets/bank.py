"""The bank: what the router thought of every expert for the last prompt, the leading one first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vortex_tui.engine.protocol import ExpertInfo, RoutedMix
from vortex_tui.escape import one_line, visible
from vortex_tui.tui.words import BASE, bar, memory, name_of, share

_NAME = 16
_LABEL = "$text-muted"


def ordered(routed: RoutedMix) -> list[tuple[str, float, float]]:
    """(expert, weight, score), the leading one first. The base leads when it answers alone."""
    weights = {part.expert: part.weight for part in routed.mix} or {BASE: 1.0}
    scores = {candidate.expert: candidate.score for candidate in routed.candidates}
    # A named mix may hold experts the router was not asked about.
    every = list(dict.fromkeys([*weights, *scores]))
    rows = [(expert, weights.get(expert, 0.0), scores.get(expert, 0.0)) for expert in every]
    return sorted(rows, key=lambda row: (-row[1], -row[2]))


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
        self.border_title = f"Bank · {usable} experts" if self._experts else "Bank"

    # --- before a prompt ----------------------------------------------------

    def _resting(self) -> list[Content]:
        if not self._experts:
            return [Content.styled("The experts are shown when the model is loaded.", _LABEL)]
        lines = [Content.styled("No prompt yet. The experts of this bank:", _LABEL), Content("")]
        lines += [self._resting_row(expert) for expert in self._experts if not expert.problem]
        notes = [Content.styled(f"· {visible(note)}", _LABEL) for note in self._notes]
        return [*lines, Content(""), *notes] if notes else lines

    def _resting_row(self, expert: ExpertInfo) -> Content:
        size = memory(expert.bytes / 1024 / 1024)
        name = name_of(expert.id, self._names)
        # Without exemplars the router cannot know what an expert is for.
        told = f"rank {expert.rank}" if expert.exemplars else "by name only"
        return Content.assemble((f"  {name:<{_NAME}}", "bold"), (f" {told} · {size}", _LABEL))

    # --- after a decision ---------------------------------------------------

    def _decision(self, routed: RoutedMix) -> list[Content]:
        rows = ordered(routed)
        lines = [self._heading()]
        for place, (expert, weight, score) in enumerate(rows):
            alone = expert == BASE and not routed.mix
            lines.append(self._row(expert, weight, score, leads=place == 0, alone=alone))
        reason = Content.assemble(("why  ", _LABEL), Content(visible(routed.reason) or "–"))
        took = f"{one_line(routed.mode)} · router {routed.router_ms:.1f} ms"
        took += f", encoder {routed.encoder_ms:.1f} ms"
        return [*lines, Content(""), reason, Content.styled(took, _LABEL)]

    def _bar_width(self) -> int:
        room = self._view.content_size.width - _NAME - 2 - 2 * 5 - 2
        return max(room // 2, 3)

    def _heading(self) -> Content:
        cells = self._bar_width()
        return Content.styled(f"  {'expert':<{_NAME}} {'weight':<{cells + 5}} score", _LABEL)

    def _row(self, expert: str, weight: float, score: float, *, leads: bool, alone: bool) -> Content:
        width = self._bar_width()
        name = name_of(expert, self._names)
        shown = name if len(name) <= _NAME else name[: _NAME - 1] + "…"
        weight_full, weight_empty = bar(weight, width)
        score_full, score_empty = bar(score, width)
        style = "bold $text-accent" if leads else "" if weight else _LABEL
        words = " all" if alone else f"{share(weight):>4}" if weight else "   –"
        return Content.assemble(
            (f"{'▸' if leads else ' '} {shown:<{_NAME}} ", style),
            (weight_full, "$accent"),
            (weight_empty, _LABEL),
            (f"{words} ", style),
            (score_full, "$primary"),
            (score_empty, _LABEL),
            (f"{share(score):>4}", style),
        )

    # --- what costs, and what cannot be used ------------------------------------------------

    def _costs(self) -> list[Content]:
        told = [Content.styled(f"! {visible(warning)}", "$text-warning") for warning in self._warnings]
        return [Content(""), *told] if told else []

    def _problems(self) -> list[Content]:
        broken = [expert for expert in self._experts if expert.problem]
        if not broken:
            return []
        lines = [Content(""), Content.styled("Not usable", "bold $text-warning")]
        return lines + [self._problem(expert) for expert in broken]

    def _problem(self, expert: ExpertInfo) -> Content:
        return Content.assemble(
            (f"✗ {name_of(expert.id, self._names)}  ", "$text-warning"), Content(visible(expert.problem))
        )
