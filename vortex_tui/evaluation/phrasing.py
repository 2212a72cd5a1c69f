"""Cases that are one wording with other arguments: they fail together, so they count together."""

from __future__ import annotations

from collections.abc import Sequence

from vortex_tui.evaluation.case import Case
from vortex_tui.routing import wordings


def clusters(cases: Sequence[Case]) -> list[str]:
    """A cluster's name for each case: the id of its first member, of one kind and the same domains.

    Cases are taken in the order of their prompts, whatever order they are given in.
    """
    ordered = sorted(cases, key=lambda case: (case.prompt, case.id))
    found = wordings.of([case.prompt for case in ordered], [(case.kind, case.domains) for case in ordered])
    first: dict[object, str] = {}
    named = {case.id: first.setdefault(group, case.id) for case, group in zip(ordered, found, strict=True)}
    return [named[case.id] for case in cases]
