"""One thing that takes memory, and all that a model takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vortex_tui.engine.offload import Plan

Place = Literal["card", "host"]
Kind = Literal["runtime", "weights", "kv", "experts", "composed", "buffers", "snapshots"]

TITLES: dict[Kind, str] = {
    "runtime": "runtime",
    "weights": "weights",
    "kv": "K/V",
    "experts": "experts",
    "composed": "composed mixes",
    "buffers": "buffers",
    "snapshots": "K/V snapshots",
}


@dataclass(frozen=True, slots=True)
class Item:
    """Bytes of one kind at one place; ``loaded``: there as soon as the model is, before any answer."""

    kind: Kind
    place: Place
    bytes: int
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """Everything a model may come to take; ``plan`` says which layers the CPU has, where it has some."""

    home: Place
    ctx_tokens: int
    items: tuple[Item, ...]
    plan: Plan | None = None

    def needed(self, place: Place, *, without: Kind | None = None) -> int:
        """Bytes at a place when everything is in use, one kind left out where asked."""
        return sum(item.bytes for item in self.items if item.place == place and item.kind != without)

    def loaded(self, place: Place, *, without: Kind | None = None) -> int:
        """Bytes at a place right after the load."""
        return sum(i.bytes for i in self.items if i.place == place and i.loaded and i.kind != without)

    def of(self, kind: Kind) -> int:
        """Bytes of a kind, wherever they are."""
        return sum(item.bytes for item in self.items if item.kind == kind)
