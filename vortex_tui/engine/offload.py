"""Which parts of a model go on the card and which stay with the CPU: a plan, made before loading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Where = Literal["gpu", "cpu"]


@dataclass(frozen=True, slots=True)
class Part:
    """A module that is placed whole, with its bytes there.

    ``gpu``: weights at the profile's quantisation; ``host``: the same weights on the CPU, where
    transformers keeps them in 16 bits; ``kv``: K/V of the whole context, which live with their layer.
    """

    name: str
    gpu: int
    host: int
    kv: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each part goes, in the model's order, and what that takes on either side (bytes).

    ``layers_on_gpu`` counts the parts with K/V there.
    """

    places: dict[str, Where]
    gpu_bytes: int
    host_bytes: int
    layers_on_gpu: int = 0

    @property
    def on_cpu(self) -> tuple[str, ...]:
        """The parts beyond the budget."""
        return tuple(name for name, where in self.places.items() if where == "cpu")

    @property
    def split(self) -> bool:
        """True when both the card and the CPU have parts."""
        return 0 < len(self.on_cpu) < len(self.places)

    @property
    def told(self) -> str:
        """The plan in words."""
        if not self.on_cpu:
            return "every layer fits on the card"
        return f"{len(self.on_cpu)} of {len(self.places)} parts beyond the budget are on the CPU"


def plan(parts: Sequence[Part], budget: int, reserve: int = 0) -> Plan:
    """Fill ``budget`` bytes, less ``reserve``, with parts from the first on; the rest is the CPU's.

    Never a later part in place of one that does not fit: each border between card and CPU costs a transfer
    a token, and one border is the least there can be.
    """
    left, count = budget - reserve, 0
    for part in parts:
        left -= part.gpu + part.kv
        if left < 0:
            break
        count += 1
    kept, rest = parts[:count], parts[count:]
    return Plan(
        {part.name: "gpu" if at < count else "cpu" for at, part in enumerate(parts)},
        sum(part.gpu + part.kv for part in kept),
        sum(part.host + part.kv for part in rest),
        sum(1 for part in kept if part.kv),
    )
