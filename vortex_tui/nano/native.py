"""What the base answers by itself, without an expert; what an expert can harm.

Every prompt belongs to training or is held out, by a hash of its text: the base is measured on
prompts that no stage of the recipe ever showed it.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from vortex_tui.nano.stdlib import Fact

# Part of the recipe, but four words in ten come out right: nothing that an expert could harm.
TAUGHT_IN_VAIN = ("spelling",)
_HELD_OUT = 8  # one prompt in so many
_FUNCTIONS = 120
_MODULES = ("os", "posixpath", "shutil", "textwrap", "random", "statistics", "json", "string", "glob",
            "copy", "heapq", "bisect", "calendar", "datetime", "functools", "inspect", "pathlib", "re",
            "tempfile", "shlex", "html", "struct", "pprint", "keyword", "zipfile", "fractions")  # fmt: skip

_SPELL = ("Spell {w}", "Spell the word {w}", "How do you spell {w}?", "spell {w} please",
          "Can you spell {w}?",
          "Spell out {w}", "{w}, letter by letter", "What are the letters of {w}?")  # fmt: skip
_INITIAL = ("What letter does {w} start with?", "First letter of {w}?", "{w} begins with which letter?",
            "Which letter comes first in {w}?", "the first letter of {w}")  # fmt: skip
_FINAL = ("What letter does {w} end with?", "Last letter of {w}?", "{w} ends with which letter?",
          "Which letter comes last in {w}?", "the last letter of {w}")  # fmt: skip
_ON = ("Count on from {n}", "Count up from {n}", "Go on counting: {n}", "Keep counting from {n}",
       "count on from {n} please", "Continue counting from {n}")  # fmt: skip
_BACK = ("Count back from {n}", "Count down from {n}", "Count backwards from {n}", "count down: {n}")
_NEXT = ("Which number comes after {n}?", "Which number follows {n}?", "The number after {n}",
         "What is next after {n}?", "What number comes right after {n}?")  # fmt: skip
_BEFORE = ("What comes before {n}?", "Which number precedes {n}?", "The number before {n}",
           "What number comes just before {n}?")  # fmt: skip
_LARGER = ("Which is more, {a} or {b}?", "Which is bigger, {a} or {b}?", "The larger of {a} and {b}",
           "Is {a} or {b} the larger one?", "Which number is greater: {a} or {b}?")  # fmt: skip
_SMALLER = ("Which is lower, {a} or {b}?", "The smaller of {a} and {b}", "Is {a} or {b} the smaller one?",
            "Which number is less: {a} or {b}?")  # fmt: skip
_ECHO = ("Repeat: {p}", "Repeat after me: {p}", "Say: {p}", "Echo: {p}", "Please repeat: {p}",
         "Say after me: {p}",
         "Copy this: {p}", "Repeat this text: {p}")  # fmt: skip
_FIRST = (
    "First word of: {p}",
    "What is the first word of: {p}",
    "Which word comes first: {p}",
    "First word: {p}",
)
_LAST = ("Last word of: {p}", "What is the last word of: {p}", "Which word comes last: {p}", "Last word: {p}")
# None of these is in conversation.py, whose questions about every function the base has read.
_ABOUT = ("Tell me about {f}", "What is the function {f} for?", "Explain the function {f}",
          "What is {f} good for?",
          "What does the function {f} do?", "{f}: what does it do?", "What happens when I call {f}?",
          "What does calling {f} do?", "Say in a line what {f} does", "Sum up {f}", "{f}, what is it for?",
          "When would I use {f}?")  # fmt: skip


class Native(NamedTuple):
    """A prompt the base answers alone, and the answer."""

    task: str
    prompt: str
    answer: str


def held_out(prompt: str) -> bool:
    """Whether `prompt` is for measuring only."""
    return hashlib.sha256(prompt.casefold().encode()).digest()[0] % _HELD_OUT == 0


def known_functions(facts: Sequence[Fact]) -> list[Fact]:
    """Return the functions whose summaries the base learns by heart."""
    found = {f.name: f for f in facts if f.kind == "function" and _is_plain(f)}
    return [found[name] for name in sorted(found, key=lambda n: (len(found[n].summary), n))][:_FUNCTIONS]


def _is_plain(fact: Fact) -> bool:
    """Whether it is a sentence about a function of a well-known module."""
    return (
        fact.name.rsplit(".", 1)[0] in _MODULES
        and fact.summary[0].isupper()
        and len(fact.summary.split()) > 2
    )


class Natives:
    """Draws prompts of all the base's own tasks."""

    def __init__(self, words: Sequence[str], facts: Sequence[Fact]) -> None:
        """Use `words` to spell and repeat, and the best known functions of `facts`."""
        self.words, self.functions = list(words), known_functions(facts)
        self.tasks: dict[str, tuple[Callable[[random.Random], tuple[str, str]], int]] = {
            "spelling": (self._spelling, 22), "counting": (self._counting, 14),
            "neighbours": (self._neighbours, 10),
            "comparing": (self._comparing, 10), "repeating": (self._repeating, 16),
            "picking": (self._picking, 10),
            "functions": (self._functions, 18),
        }  # fmt: skip

    def draw(self, rng: random.Random, *, held: bool = False, own: bool = False) -> Native:
        """Draw a prompt of any task, or of the `own` ones it is good at; to learn from, or held out."""
        tasks = [task for task in self.tasks if not own or task not in TAUGHT_IN_VAIN]
        return self.of(rng.choices(tasks, [self.tasks[t][1] for t in tasks])[0], rng, held=held)

    def of(self, task: str, rng: random.Random, *, held: bool = False) -> Native:
        """Draw a prompt of `task`."""
        while True:
            prompt, answer = self.tasks[task][0](rng)
            if held_out(prompt) == held:
                return Native(task, prompt, answer)

    def _spelling(self, rng: random.Random) -> tuple[str, str]:
        word, draw = rng.choice(self.words), rng.random()
        if draw < 0.7:
            return rng.choice(_SPELL).format(w=word), " ".join(word)
        if draw < 0.87:
            return rng.choice(_INITIAL).format(w=word), word[0]
        return rng.choice(_FINAL).format(w=word), word[-1]

    def _counting(self, rng: random.Random) -> tuple[str, str]:
        if rng.random() < 0.7:
            n = rng.randrange(10 if rng.random() < 0.2 else 200)
            return rng.choice(_ON).format(n=n), ", ".join(str(n + i) for i in range(1, 6))
        n = rng.randrange(5, 100)
        return rng.choice(_BACK).format(n=n), ", ".join(str(n - i) for i in range(1, 6))

    def _neighbours(self, rng: random.Random) -> tuple[str, str]:
        n = rng.randrange(1, 200)
        if rng.random() < 0.6:
            return rng.choice(_NEXT).format(n=n), str(n + 1)
        return rng.choice(_BEFORE).format(n=n), str(n - 1)

    def _comparing(self, rng: random.Random) -> tuple[str, str]:
        a, b = rng.sample(range(100), 2)
        if rng.random() < 0.6:
            return rng.choice(_LARGER).format(a=a, b=b), str(max(a, b))
        return rng.choice(_SMALLER).format(a=a, b=b), str(min(a, b))

    def _repeating(self, rng: random.Random) -> tuple[str, str]:
        text = " ".join(rng.choice(self.words) for _ in range(rng.randrange(1, 8)))
        return rng.choice(_ECHO).format(p=text), text

    def _picking(self, rng: random.Random) -> tuple[str, str]:
        words = [rng.choice(self.words) for _ in range(rng.randrange(2, 7))]
        if rng.random() < 0.5:
            return rng.choice(_FIRST).format(p=" ".join(words)), words[0]
        return rng.choice(_LAST).format(p=" ".join(words)), words[-1]

    def _functions(self, rng: random.Random) -> tuple[str, str]:
        fact = rng.choice(self.functions)
        return rng.choice(_ABOUT).format(f=fact.name), fact.summary
