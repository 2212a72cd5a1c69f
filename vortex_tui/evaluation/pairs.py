"""Domains that are asked in nearly the same words: where a router is easily wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable

Pair = tuple[str, str]
# Of nano's bank: docs/evaluation-set.md.
CONFUSABLE: tuple[Pair, ...] = (
    ("arithmetic", "hours"),
    ("roman", "words"),
    ("iso", "dates"),
    ("json", "sql"),
    ("shell", "regex"),
    ("code", "docs"),
)


def confusable(domains: Collection[str]) -> list[Pair]:
    """The known pairs of which both domains are there."""
    return [pair for pair in CONFUSABLE if all(domain in domains for domain in pair)]


def neighbours(domains: Iterable[str]) -> list[Pair]:
    """The confusable pairs; in a bank without any, its domains two by two in the order of their names."""
    names = sorted(domains)
    return confusable(names) or list(zip(names[::2], names[1::2], strict=False))


def partner(domain: str) -> str:
    """The other one of a domain's pair; empty for a domain that is in none."""
    both = next((pair for pair in CONFUSABLE if domain in pair), (domain, ""))
    return both[1] if both[0] == domain else both[0]
