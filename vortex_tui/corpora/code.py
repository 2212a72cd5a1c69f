"""Code of any language, by its layout: a block's comment and opening line, and the rest of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from vortex_tui.corpora import python_code
from vortex_tui.corpora.code_piece import MAX_BODY, piece
from vortex_tui.corpora.piece import Dropped, Piece

_COMMENT = re.compile(r"\s*(//|/\*|\*|#|--|;|%|<!--|\"\"\"|''')")
_CLOSES = re.compile(r"\s*([)\]}]|end\b)")
_OPENS = re.compile(r"([{(\[:=]|\bdo|\bthen|\bis|\bbegin|->|=>)\s*$", re.IGNORECASE)
_MAX_DEPTH = 6


def pieces(text: str, language: str, name: str) -> Iterator[Piece | Dropped]:
    """What a source file teaches; Python by its syntax, everything else, and broken Python, by layout."""
    if language == "Python":
        try:
            yield from python_code.pieces(text, name)
        except SyntaxError:
            pass  # an older Python, or a fragment: its layout still says where blocks are
        else:
            return
    for number, block in _blocks(text.expandtabs(8).split("\n"), 0, 0):
        yield _piece(block, language, name, f"line {number + 1}")


def _blocks(lines: list[str], offset: int, depth: int) -> Iterator[tuple[int, list[str]]]:
    """Blocks with the number of their first line; one that is too long is parted at its inner layout."""
    indent = min((_indent(line) for line in lines if line.strip()), default=0)
    starts = [0, *(at for at in range(1, len(lines)) if _begins(lines, at, indent)), len(lines)]
    for start, end in pairwise(starts):
        block = lines[start:end]
        size = sum(len(line) + 1 for line in block)
        inner = block[1:]
        if size > MAX_BODY and depth < _MAX_DEPTH and len(inner) > 1:
            yield from _blocks(inner, offset + start + 1, depth + 1)
        elif any(line.strip() for line in block):
            yield offset + start, block


def _begins(lines: list[str], at: int, indent: int) -> bool:
    """True where a block begins: after a blank line, as far left as any, and not with a closing mark."""
    line = lines[at]
    here = bool(line.strip()) and _indent(line) <= indent and not _CLOSES.match(line)
    return here and not lines[at - 1].strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _piece(block: list[str], language: str, name: str, part: str) -> Piece | Dropped:
    cut = 0
    while cut < len(block) and (not block[cut].strip() or _COMMENT.match(block[cut])):
        cut += 1
    opening = next((at for at in range(cut, min(len(block), cut + 8)) if _OPENS.search(block[at])), cut)
    cut = opening + 1
    return piece(language, name, "\n".join(block[:cut]), "\n".join(block[cut:]), part)
