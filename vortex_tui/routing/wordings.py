"""Prompts that are one wording with other arguments: they stand and fall together."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

# Against the true wordings of nano's sealed prompts: 0.6 splits many of them, 0.4 joins different ones.
_ALIKE = 0.5
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'(?!\w)|`[^`\n]*`")
_CODE_LINE = re.compile(r"^(?:[ \t]+\S|(?:async )?def |class |@).*$", re.MULTILINE)
_PIECE = re.compile(r"\S+")
_WORD = re.compile(r"^[^\W\d_]+(?:['’-][^\W\d_]+)*$")
_NUMBER = re.compile(r"^[\W_]*\d[\d\W]*$")
_EDGES = " \t.,:;?!()[]{}\"'`…"

Words = frozenset[str]


def words(prompt: str) -> Words:
    """The words of a wording: numbers are one word, and what is quoted, code or a name is left out."""
    text = _QUOTED.sub(" ", _CODE_LINE.sub(" ", prompt))
    found = (_folded(piece) for piece in _PIECE.findall(text))
    return frozenset(word for word in found if word)


def _folded(piece: str) -> str:
    bare = piece.strip(_EDGES)
    if _NUMBER.match(bare):
        return "#"
    return bare.casefold() if _WORD.match(bare) else ""


def _alike(one: Words, other: Words) -> bool:
    """Whether the Jaccard index is at least 0.5; two prompts without words are alike."""
    return len(one & other) >= _ALIKE * len(one | other)


def of(prompts: Sequence[str], owners: Iterable[K]) -> list[tuple[K, int]]:
    """For each prompt its owner, and the number of its wording among the owner's.

    Leader clustering: a prompt joins the first wording of its owner whose first prompt's words overlap with
    its own.
    """
    leaders: dict[K, list[Words]] = {}
    return [
        (owner, _wording(words(prompt), leaders.setdefault(owner, [])))
        for prompt, owner in zip(prompts, owners, strict=True)
    ]


def _wording(mine: Words, leaders: list[Words]) -> int:
    for number, leader in enumerate(leaders):
        if _alike(mine, leader):
            return number
    leaders.append(mine)
    return len(leaders) - 1
