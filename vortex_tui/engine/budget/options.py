"""What would make it fit: changes of a profile, what costs an answer least first, each with its saving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vortex_tui.engine.budget.demand import Demand
from vortex_tui.engine.budget.estimate import estimate, shortage
from vortex_tui.engine.budget.item import Place
from vortex_tui.engine.budget.machine import MIB
from vortex_tui.errors import ModelError

_SHOWN = 3
_STEP, _SHORTEST = 256, 512
_FINER = {"none": ("int8", "nf4"), "int8": ("nf4",), "nf4": ()}
PLACES: tuple[Place, ...] = ("card", "host")

Try = Callable[[int], Demand]


@dataclass(frozen=True, slots=True)
class Option:
    """One change, or several that only together are enough; ``saving`` in bytes where it is short."""

    changes: tuple[str, ...]
    saving: int
    enough: bool

    @property
    def told(self) -> str:
        """As a person reads it."""
        saved = f"saves {-(-self.saving // MIB):,} MiB"
        return f"{' and '.join(self.changes)} ({saved}{'' if self.enough else ', not enough alone'})"


@dataclass(frozen=True, slots=True)
class _Change:
    words: str
    demand: Demand


def short(demand: Demand) -> dict[Place, int]:
    """Bytes that are missing, by place; empty where everything fits. Raises ModelError."""
    found = estimate(demand)
    missing = {place: shortage(found, demand, place) for place in PLACES}
    return {place: count for place, count in missing.items() if count}


def cheapest(demand: Demand) -> tuple[Option, ...]:
    """Three at most that make it fit; where none does alone, the first few that do together."""
    missing = short(demand)
    if not missing:
        return ()
    alone = [_option(demand, (change,), missing) for change in _changes(demand)]
    enough = [option for option in alone if option.enough and option.saving > 0]
    if enough:
        return tuple(enough[:_SHOWN])
    together = _together(demand, missing)
    most = sorted((option for option in alone if option.saving > 0), key=lambda one: -one.saving)
    return (together,) if together else tuple(most[:_SHOWN])


def _together(demand: Demand, missing: dict[Place, int]) -> Option | None:
    """Changes one upon the other until it fits; None where even all of them are too little."""
    taken: list[_Change] = []
    now = demand
    while (change := next(_changes(now), None)) is not None:
        taken, now = [*taken, change], change.demand
        if not short(now):
            return _option(demand, tuple(taken), missing)
    return None


def _option(before: Demand, changes: tuple[_Change, ...], missing: dict[Place, int]) -> Option:
    after = changes[-1].demand
    old, new = estimate(before), estimate(after)
    saving = sum(old.needed(place) - new.needed(place) for place in missing)
    return Option(tuple(change.words for change in changes), saving, not short(after))


def _changes(demand: Demand) -> Iterator[_Change]:
    """Each as far as it is needed, and as far as it goes where that is not enough."""
    if demand.max_loaded > 1:
        count = _least(lambda n: demand.changed(max_loaded=n), 1, demand.max_loaded - 1)
        yield _Change(f"experts.max_loaded = {count}", demand.changed(max_loaded=count))
    if demand.backend == "llama_cpp" and demand.kv_type == "f16":
        yield _Change('core.kv_type = "q8_0"', demand.changed(kv_type="q8_0"))
    if demand.snapshots and shortage(estimate(demand), demand, "host"):
        step = 64 * MIB
        times = _least(lambda n: demand.changed(snapshots=n * step), 0, (demand.snapshots - 1) // step)
        yield _Change(f"budget.kv_host_mb = {times * 64}", demand.changed(snapshots=times * step))
    if demand.ctx_tokens > _SHORTEST:
        last = (demand.ctx_tokens - 1) // _STEP
        tokens = _STEP * _least(lambda n: demand.changed(ctx_tokens=n * _STEP), _SHORTEST // _STEP, last)
        yield _Change(f"budget.ctx_tokens = {tokens}", demand.changed(ctx_tokens=tokens))
    if demand.backend == "hf":
        yield from _other_weights(demand)


def _other_weights(demand: Demand) -> Iterator[_Change]:
    for kind in _FINER[demand.quantization]:
        yield _Change(f'core.hf_quantization = "{kind}"', demand.changed(quantization=kind))
    if demand.home == "card" and not demand.offload:
        divided = demand.changed(offload=True)
        try:
            estimate(divided)
        except ModelError:  # a model that cannot be divided
            return
        yield _Change('core.hf_offload = "safe"', divided)


def _least(attempt: Try, low: int, high: int) -> int:
    """The largest number of ``low`` to ``high`` with which it fits; ``low`` where none does."""
    while low < high:
        middle = (low + high + 1) // 2
        if short(attempt(middle)):
            high = middle - 1
        else:
            low = middle
    return low
