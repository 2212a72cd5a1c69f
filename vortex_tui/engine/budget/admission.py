"""May it be loaded? What it takes against what there is: refused before a byte is allocated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vortex_tui.engine.budget import demand as demands
from vortex_tui.engine.budget import options
from vortex_tui.engine.budget.demand import Demand
from vortex_tui.engine.budget.estimate import estimate, room, shortage
from vortex_tui.engine.budget.item import TITLES, Estimate, Kind, Place
from vortex_tui.engine.budget.machine import MIB, Machine
from vortex_tui.engine.budget.subject import Model
from vortex_tui.errors import BudgetError
from vortex_tui.profile import Profile

_SMALLER = "take a smaller model"
_NAMES: dict[Place, str] = {"card": "the card", "host": "the host's memory"}
_WHERE: dict[Place, str] = {"card": "on the card", "host": "in the host's memory"}


@dataclass(frozen=True, slots=True)
class Admission:
    """A demand with its estimate."""

    demand: Demand
    estimate: Estimate

    @property
    def places(self) -> tuple[Place, ...]:
        """Where anything would be, the model's home first."""
        return ("card", "host") if self.estimate.home == "card" else ("host",)

    def missing(self, place: Place) -> int:
        """Bytes that are missing at a place; 0 where it fits."""
        return shortage(self.estimate, self.demand, place)

    @property
    def fits(self) -> bool:
        """True when nothing is missing anywhere."""
        return not any(map(self.missing, self.places))

    @property
    def snapshots_mb(self) -> int:
        """MiB that K/V snapshots in the host's memory may have."""
        return self.demand.snapshots // MIB

    def room(self, kind: Kind) -> int:
        """Bytes that one kind may take at the model's home beside everything else."""
        return room(self.estimate, self.demand, kind)

    def check(self) -> None:
        """Raise BudgetError for what does not fit, with the cheapest changes that would make it fit."""
        short = next((place for place in self.places if self.missing(place)), None)
        if short is None:
            return
        raise BudgetError(
            f"the model does not fit: {mib(self.missing(short))} MiB too much for {_NAMES[short]}",
            found=f"{self.listed(short)}; {self.told_limit(short)}",
            expected=f"{mib(self.demand.limit(short))} MiB or less",
            mend=self.mend(),
        )

    def mend(self) -> str:
        """The changes that would make it fit, in words; nothing where it fits."""
        found = options.cheapest(self.demand)
        if self.fits:
            return ""
        if not any(option.enough for option in found):
            return "; ".join([*(option.told for option in found), _SMALLER])
        return f"set {'; or '.join(option.told for option in found)}"

    def told(self, place: Place) -> str:
        """How much would be at a place, in words."""
        return f"{mib(self.estimate.needed(place)):,} MiB {_WHERE[place]}"

    def listed(self, place: Place) -> str:
        """The same, part by part."""
        parts = [f"{TITLES[kind]} {mib(count):,}" for kind, count in self.by_kind(place).items()]
        return f"{self.told(place)}: {', '.join(parts)}"

    def told_limit(self, place: Place) -> str:
        """What there is at a place, in words."""
        demand, limit = self.demand, f"{mib(self.demand.limit(place)):,} MiB may be used"
        if place == "host":
            return f"{limit} ({mib(demand.machine.host):,} are available)"
        others = demand.machine.gpu_others
        return f"{limit} (others have {mib(others):,})" if others else limit

    def by_kind(self, place: Place) -> dict[Kind, int]:
        """Bytes at a place by kind, those that take some."""
        found: dict[Kind, int] = {}
        for item in self.estimate.items:
            if item.place == place and item.bytes:
                found[item.kind] = found.get(item.kind, 0) + item.bytes
        return found

    def to_json(self) -> dict[str, Any]:
        """As plain values, in bytes."""
        return {
            "home": self.estimate.home,
            "ctx_tokens": self.estimate.ctx_tokens,
            "fits": self.fits,
            "items": [
                {"kind": i.kind, "place": i.place, "bytes": i.bytes, "loaded": i.loaded}
                for i in self.estimate.items
            ],
            "needed": {place: self.estimate.needed(place) for place in self.places},
            "limit": {place: self.demand.limit(place) for place in self.places},
            "options": [
                {"changes": list(o.changes), "saving": o.saving, "enough": o.enough}
                for o in options.cheapest(self.demand)
            ],
        }


def admit(
    profile: Profile,
    model: Model,
    machine: Machine,
    adapters: Sequence[int] = (),
    runtime: int | None = None,
) -> Admission:
    """Hold a profile's demand of a model against a machine. Raises ModelError for unclear headers.

    Snapshots spare work and are not needed: where the host has no room for all of them, there are fewer.
    """
    asked = demands.of(profile, model, machine, adapters, runtime)
    found = Admission(asked, estimate(asked))
    missing = found.missing("host")
    if not 0 < missing <= asked.snapshots:
        return found
    fewer = asked.changed(snapshots=(asked.snapshots - missing) // MIB * MIB)
    return Admission(fewer, estimate(fewer))


def mib(count: int) -> int:
    """Whole mebibytes, rounded up."""
    return -(-count // MIB)
