"""Corpora to train on: nano's own tasks, and new domains that none of the shipped experts serves."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from vortex_tui.nano.tasks import samples

_WORDS = (
    "lamp", "goat", "river", "stone", "tea", "cloud", "horse", "table", "green", "night", "paper", "cat",
    "train", "music", "salt", "winter", "garden", "door", "fish", "bread", "road", "star", "window", "hand",
    "song", "tree", "milk", "city", "queen", "bird", "sand", "clock", "boat", "house", "rain", "sugar",
    "sun", "wall", "book", "dog",
)  # fmt: skip
_REVERSE = (
    "Reverse the list: {x}", "Reverse this list: {x}", "Turn the list around: {x}", "Backwards: {x}",
    "List backwards: {x}", "Put these in reverse order: {x}", "Reverse order: {x}",
    "Say these from last to first: {x}", "From last to first: {x}", "Flip the order of {x}",
)  # fmt: skip
_ACRONYM = (
    "Acronym of {x}", "What is the acronym of {x}?", "Make an acronym: {x}", "Initials of {x}",
    "Give me the initials of {x}", "Shorten to initials: {x}", "First letters of {x}",
    "Abbreviate {x}", "{x}: initials", "What are the initials of {x}?",
)  # fmt: skip


class Lesson(NamedTuple):
    """A request and its only right answer."""

    prompt: str
    response: str


def _reversal(rng: random.Random) -> Lesson:
    """A list of two to four words, from last to first."""
    words = rng.sample(_WORDS, rng.choice((2, 3, 3, 4)))
    return Lesson(rng.choice(_REVERSE).format(x=", ".join(words)), ", ".join(reversed(words)))


def _acronym(rng: random.Random) -> Lesson:
    """Two to four words, by their first letters in capitals."""
    words = rng.sample(_WORDS, rng.choice((2, 3, 3, 4)))
    return Lesson(rng.choice(_ACRONYM).format(x=" ".join(words)), "".join(word[0].upper() for word in words))


NEW: dict[str, Callable[[random.Random], Lesson]] = {"reversal": _reversal, "acronyms": _acronym}


def lessons(domain: str, count: int, seed: int = 1) -> list[Lesson]:
    """So many lessons of a domain, new or nano's own, no prompt twice; the same for the same seed."""
    if domain not in NEW:
        return [Lesson(*example) for example in samples(domain, count, seed, "train")]
    rng, found = random.Random(f"{seed}:{domain}"), dict[str, Lesson]()
    while len(found) < count:
        lesson = NEW[domain](rng)
        found.setdefault(lesson.prompt, lesson)
    return list(found.values())


def write(file: Path, made: list[Lesson]) -> None:
    """A split of a corpus as ``vortex-tui ingest`` writes it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(lesson._asdict(), ensure_ascii=False) for lesson in made]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
