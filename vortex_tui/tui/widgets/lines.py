"""Lines of a gauge: two things at its two ends."""

from __future__ import annotations

from textual.content import Content

LABEL = "$text-muted"


def spread(left: Content, right: Content, width: int) -> Content:
    """``left`` and ``right`` at the two ends of a line; too long, the left gives way."""
    room = width - right.cell_length - 1
    shown = left.truncate(max(room, 0), ellipsis=True)
    return Content.assemble(shown, " " * (room + 1 - shown.cell_length), right)


def head(label: str, value: str, width: int) -> Content:
    """A name and its figure at the two ends of a line."""
    return spread(Content.styled(label, LABEL), Content(value), width)


def height(content: Content, width: int) -> int:
    """Lines that a text takes, long ones folded."""
    return sum(max(1, -(-line.cell_length // max(width, 1))) for line in content.split("\n"))
