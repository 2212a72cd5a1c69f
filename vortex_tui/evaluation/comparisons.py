"""Two routers on the same prompts: is one better, or is that noise?"""

from __future__ import annotations

import numpy as np

from vortex_tui.evaluation.figures import harmed
from vortex_tui.evaluation.pairs import partner
from vortex_tui.evaluation.report import Comparison, Figure, Verdict
from vortex_tui.evaluation.roster import lead
from vortex_tui.evaluation.sheet import Column, Sheet


def compare(sheet: Sheet, own: str, other: str) -> list[Comparison]:
    """The router ``own`` less ``other`` on the same prompts.

    ``ordinary`` and ``plain``: the right expert first; ``pair taken``: the expert of the domain that is asked
    alike instead; ``harm``: a native answer lost; ``far``: an expert chosen where nobody serves.
    """
    served = sheet.kind("sealed", "own", "held", "open")
    paired = np.array([bool(partner(case.group)) for case in sheet.cases], bool)
    mistaken, hurt = (
        {name: measure(sheet, name) for name in (own, other)} for measure in (_mistaken, harmed)
    )
    told = (
        ("ordinary", True, sheet.first, served),
        ("plain", True, sheet.first, sheet.kind("plain")),
        ("pair taken", False, mistaken, served & paired),
        ("harm", False, hurt, sheet.kind("native")),
        ("far", False, sheet.active, sheet.kind("far")),
    )
    made = []
    for figure, higher, columns, where in told:
        found = sheet.mean(columns[own] - columns[other], where)
        if found.n:
            made.append(
                Comparison(
                    against=other,
                    figure=figure,
                    higher_is_better=higher,
                    difference=found,
                    verdict=verdict(found, higher_is_better=higher),
                )
            )
    return made


def _mistaken(sheet: Sheet, name: str) -> Column:
    """1 where the expert of the domain that is asked alike leads, else 0; NaN where it did not decide."""
    mixes = sheet.strategies.mixes[name]
    found = np.full(len(sheet.cases), np.nan)
    for place, case in enumerate(sheet.cases):
        if case.id in mixes:
            other = partner(case.group)
            found[place] = bool(other) and lead(mixes[case.id]) == other
    return found


def verdict(difference: Figure, *, higher_is_better: bool) -> Verdict:
    """What an interval says: it decides only where it leaves 0 out."""
    if difference.low is None or difference.high is None:
        return "not measured"
    if difference.low <= 0.0 <= difference.high:
        return "no difference beyond noise"
    return "better" if (difference.low > 0.0) == higher_is_better else "worse"
