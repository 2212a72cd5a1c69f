"""What changes in routing: which prompts move, from whom to whom, and how they are answered then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from textual.content import Content

from vortex_tui.escape import one_line
from vortex_tui.promotion.report import GateReport, Moved
from vortex_tui.tui.words import BASE, share

_MOST = 100
_LABEL = "$text-muted"
_WORDS: dict[bool | None, tuple[str, str]] = {
    False: ("✗ worse", "bold $text-error"),
    None: ("= same", _LABEL),
    True: ("✓ better", "$text-success"),
}


def moved_content(report: GateReport | None) -> Content:
    """Who gives prompts to whom, then each prompt; those that are answered worse come first."""
    if report is None:
        return Content.styled("Not judged yet: which prompts would move is known afterwards.", _LABEL)
    if not report.moved:
        return Content.styled(
            "No prompt of the gates moves: every one keeps its mix, or none was asked.", _LABEL
        )
    flows = Counter((each.domain, _mix(each.before), _mix(each.after)) for each in report.moved)
    lines = [_counts(report), Content("")]
    lines += [_flow(count, *flow) for flow, count in flows.most_common(_MOST)]
    lines += [Content(""), *map(_prompt, report.moved[:_MOST])]
    if (rest := len(report.moved) - _MOST) > 0:
        lines.append(Content.styled(f"… and {rest:,} more, none worse than these", _LABEL))
    return Content("\n").join(lines)


def _counts(report: GateReport) -> Content:
    found = Counter(each.better for each in report.moved)
    told = [Content.styled(f"{_WORDS[way][0]} {found[way]}", _WORDS[way][1]) for way in _WORDS]
    count = len(report.moved)
    return Content.assemble(f"{count:,} prompt{'s' * (count != 1)} move: ", Content("   ").join(told))


def _flow(count: int, domain: str, before: str, after: str) -> Content:
    return Content.assemble((f"{count:>5} × ", "bold"), f"{one_line(domain)}: {before} → {after}")


def _prompt(each: Moved) -> Content:
    words, style = _WORDS[each.better]
    way = f"{one_line(each.domain)}: {_mix(each.before)} → {_mix(each.after)}"
    return Content.assemble((f"{words:<9} ", style), one_line(each.prompt), (f"\n          {way}", _LABEL))


def _mix(weights: Mapping[str, float]) -> str:
    """A mix by its experts' ids; a run's name is what tells candidate and champion apart."""
    told = (f"{one_line(expert)} {share(weight)}" for expert, weight in weights.items())
    return " · ".join(told) or BASE
