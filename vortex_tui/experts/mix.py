"""A mix: an ordered set of (expert, weight in steps of 0.05), with an identity of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vortex_tui.errors import UsageError
from vortex_tui.escape import one_line

STEP = 0.05
MAX_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class MixPart:
    """One expert's share: its id in the bank, its content hash, its weight."""

    expert: str
    content_hash: str
    weight: float


@dataclass(frozen=True, slots=True)
class Mix:
    """Parts ordered by content hash; empty means the bare base."""

    parts: tuple[MixPart, ...] = ()

    @property
    def hash(self) -> str:
        """The key of every cache that holds something computed under this mix."""
        named = [(part.content_hash, round(part.weight / STEP)) for part in self.parts]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def quantised(weight: float) -> float:
    """The nearest step of 0.05."""
    return round(round(weight / STEP) * STEP, 2)


def make(parts: Iterable[MixPart]) -> Mix:
    """A mix in canonical order, weights in steps, zero weights left out.

    An expert that is named twice has the sum of its weights. Raises UsageError beyond MAX_WEIGHT.
    """
    by_hash: dict[str, MixPart] = {}
    for part in parts:
        earlier = by_hash.get(part.content_hash)
        weight = part.weight + (earlier.weight if earlier else 0.0)
        by_hash[part.content_hash] = MixPart(part.expert, part.content_hash, _bounded(part.expert, weight))
    kept = [part for part in by_hash.values() if part.weight != 0.0]
    return Mix(tuple(sorted(kept, key=lambda part: part.content_hash)))


def _bounded(expert: str, weight: float) -> float:
    if not abs(weight) <= MAX_WEIGHT:  # not a number is not within bounds either
        raise UsageError(
            f"the weight of {one_line(expert)} is out of bounds",
            found=str(weight),
            expected=f"at most {MAX_WEIGHT}",
        )
    return quantised(weight)


def normalised(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights in steps of 0.05 whose sum is exactly 1 (largest remainder); none for none."""
    total = sum(weights.values())
    if total <= 0.0:
        return {}
    steps = round(1 / STEP)
    shares = {name: weight / total * steps for name, weight in weights.items()}
    floors = {name: int(share) for name, share in shares.items()}
    by_rest = sorted(shares, key=lambda name: (floors[name] - shares[name], name))
    for name in by_rest[: steps - sum(floors.values())]:
        floors[name] += 1
    return {name: round(count * STEP, 2) for name, count in floors.items() if count}


def _part(text: str) -> tuple[str, float]:
    name, named, weight = text.partition("=")
    try:
        value = quantised(float(weight)) if named else 1.0
    except (ValueError, OverflowError):
        value = 0.0
    if not name.strip() or not 0.0 < abs(value) <= MAX_WEIGHT:
        raise UsageError(
            f"{one_line(text)!r} is not an expert with a weight",
            expected=f"name=weight with a weight up to {MAX_WEIGHT} in steps of {STEP}, as in arithmetic=0.7",
        )
    return name.strip(), value


def parse(text: str) -> dict[str, float]:
    """Read ``a=0.7,b=0.3``; a name alone has weight 1. Raises UsageError."""
    pairs = [_part(part) for part in text.split(",")]
    if len(dict(pairs)) != len(pairs):
        raise UsageError(f"an expert is named twice in {one_line(text)!r}")
    return dict(pairs)
