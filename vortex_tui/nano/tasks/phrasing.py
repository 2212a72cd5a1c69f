"""How people type: many wordings of one request, with their manners, case and punctuation."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple, TypeVar

from vortex_tui.evaluation.case import Split as Split

T = TypeVar("T")

_OPENINGS = ("Please ", "please ", "Hey, ", "Hi, ", "Can you ", "Could you ", "OK, ", "Quick: ", "So ",
             "Well, ", "I'd like you to ", "Would you ", "Now ", "Right, ", "Help me: ")  # fmt: skip
_VERBS = (
    "add", "convert", "write", "give", "show", "list", "tell", "find", "count", "get", "turn",
    "change", "express", "translate", "compute", "calculate", "work out", "select", "put", "sum",
    "delete", "fetch", "return", "sort", "spell", "evaluate", "solve", "make", "remove", "display",
)  # fmt: skip
_CLOSINGS = ("?", ".", "!", " please", ", please", " thanks", "", ", thanks", "...", " for me", " now", ":")
_FILLERS = (
    "the", "a", "of", "is", "what", "how", "please", "me", "it", "this", "that", "and", "to", "in", "as",
    "so", "we", "need", "want", "got", "have", "one", "would", "be", "let", "see", "now", "just", "about",
    "my", "your", "then", "from", "with", "for", "on", "at", "by", "here", "there", "which", "could", "do",
    "does", "look", "like", "say", "tell", "thing", "give", "want", "know", "think", "again", "also", "quick",
    "put", "take", "make", "note", "form", "friend", "boss", "today", "report", "answer", "result", "value",
    "if", "when", "or", "ok", "hmm", "but", "should", "can", "will", "I", "you", "he", "she", "they", "some",
)  # fmt: skip
# These change the meaning of nothing, wherever they stand.
_ASIDES = (
    "please", "I want", "we need", "now", "just", "ok", "hmm", "so", "can you", "do we have", "tell me",
    "well", "quickly", "for me", "again", "also", "you know", "I think", "let me see", "is there", "here",
    "today", "would you", "if you can", "thanks", "my friend", "help me", "what would",
)  # fmt: skip
_MARKS = ("", "", "", "", "", ",", ":", "?", ".", " -", ";")
_SLOT = re.compile(r"(\{[a-z]+\})")


class Wordings(NamedTuple):
    """Templates of one request: to learn from, to calibrate and gate with, to test with."""

    open: tuple[str, ...]
    held: tuple[str, ...]
    sealed: tuple[str, ...]

    def of(self, split: Split) -> tuple[str, ...]:
        """Return the templates that `split` draws from."""
        return self.open if split in ("train", "router") else self.sealed if split == "test" else self.held


def normal(prompt: str) -> str:
    """Return what makes two prompts the same: their letters, digits and signs, whatever case and spacing."""
    return re.sub(r"[\s?!.,:]+", " ", prompt.casefold()).strip()


def choose(options: Sequence[T], rng: random.Random) -> T:
    """One of `options`, drawn evenly."""
    return options[rng.randrange(len(options))]


def say(
    wordings: Wordings, split: Split, rng: random.Random, fields: Mapping[str, object], *, loose: bool = False
) -> str:
    """Return one request with `fields` in the places of the template.

    `loose` says that the fields alone decide the answer: then training mangles the words around them,
    so that an expert learns not to lean on them; else it only puts asides between them.
    """
    if split not in ("train", "router"):
        return choose(wordings.of(split), rng).format(**fields)
    while True:
        template = choose(wordings.open, rng)
        if split == "train" and rng.random() < 0.4:
            template = (_mangle if loose else _interrupt)(template, rng)
        template = _recase(_close(_open(template, rng), rng), rng)
        if normal(template) not in _kept(wordings):
            return template.format(**fields)


@cache
def _kept(wordings: Wordings) -> frozenset[str]:
    """Return what training must not hit upon by chance: the wordings of the other splits."""
    return frozenset(map(normal, wordings.held + wordings.sealed))


def _mangle(template: str, rng: random.Random) -> str:
    """Replace, drop and insert words; the slots keep their order."""
    words: list[str] = []
    # Sometimes the arguments end up far apart, as they do in a story.
    crowd = choose((0.05, 0.2, 0.5), rng)
    for word in template.split(" "):
        draw = 1.0 if "{" in word else rng.random()
        if draw > 0.5:
            words.append(word)
        elif draw > 0.15:
            words.append(choose(_FILLERS, rng) + choose(_MARKS, rng))
        while rng.random() < crowd:
            words.append(choose(_FILLERS, rng))
    return " ".join(words)


def _interrupt(template: str, rng: random.Random) -> str:
    """Put an aside or two between the words, which all stay."""
    words = template.split(" ")
    for _ in range(rng.randrange(1, 3)):
        words.insert(rng.choice((0, 0, len(words), rng.randrange(len(words) + 1))), choose(_ASIDES, rng))
    return " ".join(words)


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
    """Write the template's own words in lower case often, in capitals seldom."""
    draw = rng.random()
    if draw >= 0.28:
        return text
    change = str.lower if draw < 0.25 else str.upper
    return "".join(part if _SLOT.fullmatch(part) else change(part) for part in _SLOT.split(text))
