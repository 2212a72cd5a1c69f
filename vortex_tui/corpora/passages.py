"""Running text: passages of whole paragraphs, each the beginning of a passage and its continuation.

No two passages share a word of the text, so that none tells another's response.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vortex_tui.corpora.piece import Dropped, Piece

# In characters. English has about four to a token: 100 tokens asked, 400 answered, far below any context.
MAX_BEGINNING = 400
MAX_PASSAGE = 2_000
MIN_PASSAGE = 160
_MIN_BEGINNING = 60
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")


def pieces(text: str, lead: str = "Continue the text:", part: str = "passage") -> Iterator[Piece | Dropped]:
    """Each passage of ``text`` as a piece; ``lead`` is what its prompt begins with."""
    for number, passage in enumerate(passages(text), 1):
        where = f"{part} {number}"
        if len(passage) < MIN_PASSAGE:
            yield Dropped(where, "too short", f"{len(passage)} characters, fewer than {MIN_PASSAGE}")
            continue
        cut = _beginning(passage)
        yield Piece(f"{lead}\n\n{passage[:cut].rstrip()}", passage[cut:].strip(), where)


def passages(text: str) -> list[str]:
    """``text`` in passages of at most MAX_PASSAGE characters; a short last one joins the one before."""
    made: list[str] = []
    for paragraph in paragraphs(text):
        for part in _bounded(paragraph):
            if made and len(made[-1]) + len(part) + 2 <= MAX_PASSAGE:
                made[-1] += "\n\n" + part
            else:
                made.append(part)
    if len(made) > 1 and len(made[-1]) < MIN_PASSAGE:
        last = made.pop()
        made[-1] += "\n\n" + last
    return made


def paragraphs(text: str) -> list[str]:
    """What blank lines part; a fenced block stays in one piece."""
    made: list[list[str]] = [[]]
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        if line.strip() or fence:
            made[-1].append(line.rstrip())
        elif made[-1]:
            made.append([])
    return ["\n".join(lines) for lines in made if lines]


def _bounded(paragraph: str) -> Iterator[str]:
    """A paragraph in parts of at most MAX_PASSAGE: by sentences, else by words, else anywhere."""
    start = 0
    while len(paragraph) - start > MAX_PASSAGE:
        # A window and not the rest: a file may be one paragraph of many megabytes.
        window = paragraph[start : start + MAX_PASSAGE + 1]
        cut = _cut(window, MIN_PASSAGE, MAX_PASSAGE)
        if part := window[:cut].strip():
            yield part
        start += cut
    if part := paragraph[start:].strip():
        yield part


def _beginning(passage: str) -> int:
    """Where the beginning of a passage ends: after about a quarter, with a sentence where one ends."""
    return _cut(passage, _MIN_BEGINNING, min(MAX_BEGINNING, max(_MIN_BEGINNING + 20, len(passage) // 4)))


def _cut(text: str, low: int, high: int) -> int:
    """A place between ``low`` and ``high``: the last end of a sentence, else of a word, else ``high``."""
    ends = [found.end() for found in _SENTENCE.finditer(text, low, high + 1) if found.end() <= high]
    if ends:
        return ends[-1]
    blank = max(text.rfind(" ", low, high), text.rfind("\n", low, high))
    return blank + 1 if blank >= low else high
