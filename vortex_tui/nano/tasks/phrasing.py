"""How people type: the same request with other manners, case and punctuation."""

from __future__ import annotations

import random
from collections.abc import Sequence

_OPENINGS = ("Please ", "please ", "Hey, ", "Hi, ", "Can you ", "Could you ", "OK, ", "Quick: ")
_VERBS = (
    "add", "convert", "write", "give", "show", "list", "tell", "find", "count", "get", "turn",
    "change", "express", "translate", "compute", "calculate", "work out", "select", "put", "sum",
    "delete", "fetch", "return", "sort", "spell", "evaluate", "solve", "make", "remove", "display",
)  # fmt: skip
_CLOSINGS = ("?", ".", "!", " please", ", please", " thanks", "")


def choose(templates: Sequence[str], rng: random.Random) -> str:
    """One template, drawn evenly."""
    return templates[rng.randrange(len(templates))]


def vary(text: str, rng: random.Random) -> str:
    """Return `text` as somebody else might have typed it; the meaning stays."""
    text = _open(text, rng)
    text = _close(text, rng)
    return _recase(text, rng)


def _open(text: str, rng: random.Random) -> str:
    """Put a polite opening before an imperative, now and then."""
    if rng.random() >= 0.15 or not text.lower().startswith(_VERBS):
        return text
    return choose(_OPENINGS, rng) + text[0].lower() + text[1:]


def _close(text: str, rng: random.Random) -> str:
    """Drop or replace the closing punctuation, now and then."""
    if rng.random() >= 0.3 or text.endswith("="):
        return text
    return text.rstrip("?.!") + choose(_CLOSINGS, rng)


def _recase(text: str, rng: random.Random) -> str:
    """Write all in lower case often, in capitals seldom."""
    draw = rng.random()
    if draw < 0.25:
        return text.lower()
    return text.upper() if draw < 0.28 else text
