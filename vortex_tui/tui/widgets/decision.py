"""A router's decision as lines of the bank: weights, probabilities, the nearest exemplar, the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textual.content import Content

from vortex_tui.engine.protocol import Candidate, RoutedMix
from vortex_tui.escape import one_line, visible
from vortex_tui.experts.names import shortened
from vortex_tui.tui.words import BASE, bar, name_of, percent, share

# Experts that are shown besides the base; a bank may have thousands.
MOST = 8
_NAME = 16
_LABEL = "$text-muted"
# Of an exemplar, what any terminal has room for; the rest of it is not even escaped.
_LONGEST = 400

Row = tuple[str, float, float]


def ordered(routed: RoutedMix) -> list[Row]:
    """(expert, weight, score), the leading one first. The base leads when it answers alone."""
    weights = {part.expert: part.weight for part in routed.mix} or {BASE: 1.0}
    scores = {candidate.expert: candidate.score for candidate in routed.candidates}
    # A named mix may hold experts the router was not asked about.
    every = list(dict.fromkeys([*weights, *scores]))
    rows = [(expert, weights.get(expert, 0.0), scores.get(expert, 0.0)) for expert in every]
    return sorted(rows, key=lambda row: (-row[1], -row[2]))


def best(rows: list[Row]) -> list[Row]:
    """The first rows, all that have a weight, and the base."""
    experts = [expert for expert, _, _ in rows if expert != BASE]
    kept = {*experts[:MOST], BASE}
    return [row for row in rows if row[1] or row[0] in kept]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws a decision in ``width`` cells; ``names`` are the experts' short ones."""

    routed: RoutedMix
    names: Mapping[str, str]
    width: int

    def lines(self) -> Iterator[Content]:
        """A heading, the candidates, and why."""
        rows = ordered(self.routed)
        kept = best(rows)
        yield self._heading()
        told = self._told(kept)
        for place, (expert, weight, score) in enumerate(kept):
            yield self._row(expert, weight, score, leads=place == 0)
            if told and expert == told.expert:
                yield self._nearest(told)
        if rest := len(rows) - len(kept):
            yield Content.styled(f"  … and {rest} more", _LABEL)
        yield Content("")
        yield self._reason()
        yield Content.styled(self._took(), _LABEL)

    def _bar_width(self) -> int:
        room = self.width - _NAME - 2 - 2 * 5 - 2
        return max(room // 2, 3)

    def _heading(self) -> Content:
        weighs = f"{'weight':<{self._bar_width() + 5}}"
        return Content.styled(f"  {'expert':<{_NAME}} {weighs} {self._measure()}", _LABEL)

    def _measure(self) -> str:
        """What a score is: only a fitted head gives probabilities."""
        fitted = any(candidate.features for candidate in self.routed.candidates)
        return "probability" if fitted else "score"

    def _row(self, expert: str, weight: float, score: float, *, leads: bool) -> Content:
        width = self._bar_width()
        name = name_of(expert, self.names)
        shown = name if len(name) <= _NAME else name[: _NAME - 1] + "…"
        weight_full, weight_empty = bar(weight, width)
        score_full, score_empty = bar(score, width)
        style = "bold $text-accent" if leads else "" if weight else _LABEL
        alone = expert == BASE and not self.routed.mix
        words = " all" if alone else f"{share(weight):>4}" if weight else "   –"
        return Content.assemble(
            (f"{'▸' if leads else ' '} {shown:<{_NAME}} ", style),
            (weight_full, "$accent"),
            (weight_empty, _LABEL),
            (f"{words} ", style),
            (score_full, "$primary"),
            (score_empty, _LABEL),
            (f"{percent(score):>5}", style),
        )

    def _told(self, rows: list[Row]) -> Candidate | None:
        """The leading expert, where the router says what it was recognised by."""
        found = {one.expert: one for one in self.routed.candidates if one.nearest}
        leader = next((expert for expert, _, _ in rows if expert != BASE), "")
        return found.get(leader)

    def _nearest(self, candidate: Candidate) -> Content:
        line = f"    like {one_line(candidate.nearest[0][:_LONGEST])}"
        return Content.styled(line, _LABEL).truncate(self.width, ellipsis=True)

    def _reason(self) -> Content:
        reason = visible(shortened(self.routed.reason, self.names))
        return Content.assemble(("why  ", _LABEL), Content(reason or "–"))

    def _took(self) -> str:
        routed = self.routed
        encoder = f"encoder {routed.encoder_ms:.1f} ms" if routed.encoder_ms else "no encoder asked"
        return f"{one_line(routed.mode)} · router {routed.router_ms:.1f} ms, {encoder}"
