"""A figure with its interval held against a threshold. What is not a number decides nothing."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import JsonValue

from vortex_tui.promotion.estimates import Estimate
from vortex_tui.promotion.report import Gate, GateVerdict
from vortex_tui.promotion.verdict import TITLES

Details = dict[str, JsonValue]
Decide = Callable[[float, float, float], GateVerdict]


def gain(found: Estimate, least: float, unit: str, details: Details) -> Gate:
    """Pass where the gain is at least ``least`` and its interval above 0; fail where it is less."""

    def decide(value: float, low: float, high: float) -> GateVerdict:
        if value >= least and low > 0.0:
            return "pass"
        return "fail" if value <= 0.0 or high < least else "inconclusive"

    words = f"at least {_told(least, unit)} wanted, and an interval above 0"
    return _gate("gain", found, least, unit, words, decide, details)


def not_worse(id: str, found: Estimate, margin: float, unit: str, details: Details) -> Gate:
    """Pass where no more than ``margin`` can have been lost; fail where more was, and that is no noise."""

    def decide(value: float, low: float, high: float) -> GateVerdict:
        if low > -margin:
            return "pass"
        return "fail" if value < -margin and high < 0.0 else "inconclusive"

    words = f"a loss of {_told(margin, unit)} or more must be ruled out"
    return _gate(id, found, -margin, unit, words, decide, details)


def rare(id: str, found: Estimate, most: float, details: Details) -> Gate:
    """Pass where the share is at most ``most`` by its bound; fail where the share itself is more."""

    def decide(value: float, _low: float, high: float) -> GateVerdict:
        if high <= most:
            return "pass"
        return "fail" if value > most else "inconclusive"

    words = f"more than {_told(most, '')} must be ruled out"
    return _gate(id, found, most, "", words, decide, details)


def _gate(
    id: str, found: Estimate, limit: float, unit: str, wanted: str, decide: Decide, details: Details
) -> Gate:
    verdict: GateVerdict = "inconclusive"
    value, low, high = found.value, found.low, found.high
    if value is None or low is None or high is None or not found.sound:
        value = low = high = None
        reason = f"it cannot be judged: {_lack(found)}"
    else:
        verdict = decide(value, low, high)
        spans = f"{_told(value, unit)} ({_told(low, unit)} to {_told(high, unit)})"
        reason = f"{spans} on {found.n} prompts of {found.clusters} wordings; {wanted}"
    return Gate(
        id=id, title=title(id), verdict=verdict, value=value, low=low, high=high, threshold=limit, unit=unit,
        samples=found.n, reason=reason, details=details,
    )  # fmt: skip


def title(id: str) -> str:
    """A gate's title; of one that is about a domain, with its name."""
    family, _, domain = id.partition("/")
    return f"{TITLES[family]}: {domain}" if domain else TITLES[family]


def _lack(found: Estimate) -> str:
    if not found.n:
        return "there are no prompts"
    return "a single wording has no interval" if found.value is not None else "a figure is missing"


def _told(value: float, unit: str) -> str:
    return f"{value:.3f} {unit}" if unit else f"{100 * value:.1f} %"
