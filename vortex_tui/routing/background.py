"""The base's own prompts: what every expert's exemplars are held against."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from vortex_tui import paths
from vortex_tui.routing import source
from vortex_tui.routing.source import Source


@cache
def everyday() -> tuple[str, ...]:
    """Prompts of every day, written for this, that no specialist should answer."""
    return _lines(files(__package__).joinpath("everyday.txt").read_text(encoding="utf-8"))


@cache
def unserved() -> tuple[str, ...]:
    """Neighbours of nano's trades, and what nano's base does alone, as its recipe wrote them."""
    file = paths.nano() / "background.txt"
    return _lines(file.read_text(encoding="utf-8")) if file.is_file() else ()


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def base(learned: Sequence[str] = ()) -> Source:
    """All of them, with those that a fit has learned."""
    return source.of("base", tuple(dict.fromkeys((*unserved(), *everyday(), *learned))))
