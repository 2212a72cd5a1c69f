"""Markdown: a section's heading, with the headings above it, and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vortex_tui.corpora.passages import pieces as passages_of
from vortex_tui.corpora.piece import Dropped, Piece

MAX_SECTION = 1_600
MIN_SECTION = 40
_MAX_HEADING = 120
_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, those above it from the document's title down, and the text up to the next one."""

    heading: str
    above: tuple[str, ...]
    text: str


def pieces(text: str, title: str) -> Iterator[Piece | Dropped]:
    """Each section as a piece, a long one as several; a document without headings is running text."""
    found = sections(text, title)
    if all(not section.heading for section in found):
        yield from passages_of("\n\n".join(section.text for section in found))
        return
    for section in found:
        if section.text:
            yield from _section(section)


def _section(section: Section) -> Iterator[Piece | Dropped]:
    heading = section.heading or "introduction"
    part = " > ".join((*section.above, heading))
    named = f"section “{heading}”" + (f" of “{' › '.join(section.above)}”" if section.above else "")
    if len(section.text) < MIN_SECTION:
        yield Dropped(part, "too short", f"{len(section.text)} characters, fewer than {MIN_SECTION}")
    elif len(section.text) <= MAX_SECTION:
        yield Piece(f"Write the {named}.", section.text, part)
    else:
        yield from passages_of(section.text, f"Continue the {named}:", f"{part}, passage")


def sections(text: str, title: str) -> list[Section]:
    """The sections of a document in order; ``title`` stands above what has no heading of first order."""
    from markdown_it import MarkdownIt

    text = _FRONT_MATTER.sub("", text)
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark", {"maxNesting": 20}).parse(text)
    made: list[Section] = []
    open_: dict[int, str] = {}
    heading, start = "", 0
    above: tuple[str, ...] = (title,)
    for index, token in enumerate(tokens):
        # Headings inside lists and quotes have a level above 0 and are part of their text.
        if token.type == "heading_open" and token.level == 0 and token.map:
            made.append(Section(heading, above, _between(lines, start, token.map[0])))
            order = int(token.tag[1])
            open_ = {level: name for level, name in open_.items() if level < order}
            above = tuple(open_.values()) if 1 in open_ or order == 1 else (title, *open_.values())
            heading = _shortened(tokens[index + 1].content) or "untitled"
            open_[order], start = heading, token.map[1]
    made.append(Section(heading, above, _between(lines, start, len(lines))))
    return made


def _between(lines: list[str], start: int, end: int) -> str:
    return "\n".join(lines[start:end]).strip("\n").rstrip()


def _shortened(heading: str) -> str:
    plain = " ".join(heading.split())
    return plain if len(plain) <= _MAX_HEADING else plain[:_MAX_HEADING].rstrip() + "…"
