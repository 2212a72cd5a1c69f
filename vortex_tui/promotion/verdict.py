"""From gates to a verdict: nothing is promoted because something was not asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vortex_tui.promotion.report import Gate, Verdict

STATIC = ("identity", "integrity", "baseline", "leak", "samples")
QUALITY = ("gain", "others", "harm", "theft", "calibration")
COST = ("memory", "speed")
GATES = (*STATIC, *QUALITY, *COST)
TITLES = {
    "identity": "Which model, profile, machine",
    "integrity": "Whole, and what its manifest says",
    "baseline": "A bench of this machine",
    "leak": "Nothing judged was trained on",
    "samples": "Enough prompts",
    "gain": "Gain on its domain",
    "others": "No loss on other domains",
    "harm": "No harm where no expert serves",
    "theft": "No prompts taken and answered worse",
    "calibration": "The router's probability",
    "memory": "Memory",
    "speed": "Speed",
}
# A router without a calibrated probability has none to be made worse; the profile may waive a baseline; the
# first domain has no others. Of domains that are served and have no prompts, ``others`` is not absent.
_MAY_BE_ABSENT = frozenset({"calibration", "baseline", "others", "theft"})


def family(gate: Gate) -> str:
    """The gate without the domain that it is about: ``others`` of ``others/roman``."""
    return gate.id.partition("/")[0]


def verdict(gates: Iterable[Gate]) -> Verdict:
    """REJECT where one fails; PROMOTE where each there must be is there and passes; else INCONCLUSIVE."""
    found = list(gates)
    if any(gate.verdict == "fail" for gate in found):
        return "REJECT"
    asked = {family(gate) for gate in found}
    whole = asked >= set(GATES) and all(map(_passed, found))
    return "PROMOTE" if whole else "INCONCLUSIVE"


def _passed(gate: Gate) -> bool:
    if gate.verdict == "not_applicable":
        return family(gate) in _MAY_BE_ABSENT
    return gate.verdict == "pass"


def failing(gates: Iterable[Gate]) -> str:
    """The titles of what failed; empty where nothing did."""
    return ", ".join(dict.fromkeys(gate.id for gate in gates if gate.verdict == "fail"))


def not_asked(names: Sequence[str], reason: str) -> list[Gate]:
    """Gates that were not asked any more: the verdict is REJECT without them."""
    return [Gate(id=name, title=TITLES[name], verdict="not_applicable", reason=reason) for name in names]


def unmeasured(names: Sequence[str], reason: str) -> list[Gate]:
    """Gates that should have been measured and were not: never a promotion."""
    return [Gate(id=name, title=TITLES[name], verdict="inconclusive", reason=reason) for name in names]
