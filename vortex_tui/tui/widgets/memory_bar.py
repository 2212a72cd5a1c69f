"""Memory as one bar of several parts with a legend, and a mark where the budget ends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

from textual.content import Content

from vortex_tui.telemetry.split import Split
from vortex_tui.tui.words import memory

Piece = tuple[str, str]
_MUTED = "$text-muted"
_FREE = "░"
_LIMIT = "┃"


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the bar: told apart by its glyph where there are no colours; MiB."""

    glyph: str
    name: str
    style: str
    mb: float


def bands(split: Split) -> list[Band]:
    """The parts that are known, ours first."""
    divided = any(part is not None for part in (split.weights_mb, split.experts_mb, split.kv_mb))
    every = (
        ("█", "weights", "$primary", split.weights_mb),
        ("▓", "experts", "$accent", split.experts_mb),
        ("▒", "K/V", "$success", split.kv_mb),
        ("▚", "other" if divided else "ours", "$secondary", split.other_mb),
        ("▞", "others", "$warning", split.others_mb),
        ("▞", "not told" if divided else "used", "$warning", split.rest_mb),
    )
    return [Band(glyph, name, style, mb) for glyph, name, style, mb in every if mb is not None]


def stacked(parts: list[Band], total: float | None, limit: float | None, width: int) -> Content:
    """The bar; ``limit`` (MiB) is marked where it is within ``total``."""
    if not total:
        return Content.styled(_FREE * width, _MUTED)
    edges = [round(min(edge / total, 1.0) * width) for edge in accumulate((b.mb for b in parts), initial=0)]
    cells: list[Piece] = [(_FREE, _MUTED)] * width
    for band, (start, end) in zip(parts, pairwise(edges), strict=True):
        cells[start:end] = [(band.glyph, band.style)] * (end - start)
    if limit is not None and limit < total and width:
        cells[min(int(min(limit / total, 1.0) * width), width - 1)] = (_LIMIT, "$text-error")
    return Content.assemble(*cells)


def legend(parts: list[Band], limit: float | None, width: int) -> list[Content]:
    """What the glyphs mean, two a line; nothing of what is not there."""
    entries = [(band.glyph, band.style, f" {band.name} {memory(band.mb)}") for band in parts if band.mb > 0]
    if limit is not None:
        entries.append((_LIMIT, "$text-error", f" budget {memory(limit)}"))
    return [_row(entries[at : at + 2], width // 2) for at in range(0, len(entries), 2)]


def _row(entries: list[tuple[str, str, str]], width: int) -> Content:
    pieces = [((glyph, style), (words.ljust(width - 1), _MUTED)) for glyph, style, words in entries]
    return Content.assemble(*(piece for pair in pieces for piece in pair)).rstrip()
