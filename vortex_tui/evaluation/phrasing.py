"""Prompts that are one wording with other arguments: they fail together, so they count together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from vortex_tui.evaluation.case import Case

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


def clusters(cases: Sequence[Case]) -> list[str]:
    """A cluster's name for each case: its kind, domains and first member.

    Cases are taken in the order of their prompts, whatever order they are given in; each joins the first
    cluster of its kind and domains whose first member's words overlap with its own.
    """
    leaders: dict[tuple[str, tuple[str, ...]], list[tuple[Words, str]]] = {}
    named: dict[str, str] = {}
    for case in sorted(cases, key=lambda case: (case.prompt, case.id)):
        known = leaders.setdefault((case.kind, case.domains), [])
        mine = words(case.prompt)
        named[case.id] = _joined(mine, known) or case.id
        if named[case.id] == case.id:
            known.append((mine, case.id))
    return [named[case.id] for case in cases]


def _joined(mine: Words, known: Iterable[tuple[Words, str]]) -> str:
    return next((name for leader, name in known if _alike(mine, leader)), "")
