"""Which experts are resident: what the budget has room for; the least recently used leaves first."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vortex_tui.engine.backends.base import Backend
from vortex_tui.engine.working_set import WorkingSet
from vortex_tui.errors import BudgetError
from vortex_tui.experts import adapter, bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.experts.mix import Mix

Lookup = Callable[[str], BankEntry]


class Residents:
    """Attaches experts when a mix needs them. An expert in use is never let go."""

    def __init__(
        self, backend: Backend, fingerprint: str, capacity: int, room_bytes: int | None = None
    ) -> None:
        self._room_bytes = room_bytes
        self._sizes: dict[str, int] = {}
        self._backend = backend
        self._fingerprint = fingerprint
        self._capacity = capacity
        self._resident: OrderedDict[str, str] = OrderedDict()
        self._in_use: Counter[str] = Counter()
        self._working_set = WorkingSet(capacity)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What costs time now, in words; may be read from any thread."""
        warning = self._working_set.warning
        return (warning,) if warning else ()

    @property
    def hashes(self) -> frozenset[str]:
        """Content hashes of the resident experts."""
        return frozenset(self._resident)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the resident experts, least recently used first."""
        return tuple(self._resident.values())

    def attach(self, entry: BankEntry) -> float:
        """Verify an expert and make it resident; milliseconds from disk to usable, 0 when it was there.

        Raises ExpertError, or BudgetError when every place is in use.
        """
        card = bank.usable(entry)
        if card.content_hash in self._resident:
            self._resident.move_to_end(card.content_hash)
            return 0.0
        started = time.monotonic_ns()
        # The bank may know the expert from its index: what is loaded is judged by its own manifest.
        manifest = card.reread()
        adapter.check_base(manifest, self._fingerprint)
        loaded = adapter.read(manifest, entry.folder, patterns=self._backend.heeds_patterns)
        size = loaded.values * self._backend.value_bytes
        self._make_room(manifest.id, size)
        self._backend.attach(loaded)
        self._sizes[manifest.content_hash] = size
        self._resident[manifest.content_hash] = manifest.id
        self._working_set.loaded(manifest.content_hash)
        return (time.monotonic_ns() - started) / 1e6

    def detach(self, content_hash: str) -> None:
        """Let go of an expert that is not in use. Raises BudgetError when it is."""
        if self._in_use[content_hash]:
            raise BudgetError(f"{self._resident[content_hash]} is in use", mend="wait for the answer to end")
        if self._resident.pop(content_hash, None) is not None:
            self._backend.detach(content_hash)

    @property
    def idle(self) -> bool:
        """True when no expert is in use."""
        return not any(self._in_use.values())

    def has_room(self, mix: Mix) -> bool:
        """True when the mix's experts can be resident now, beside those in use."""
        used = {key for key, count in self._in_use.items() if count}
        wanted = used | {part.content_hash for part in mix.parts}
        # What was never loaded counts nothing here; it is weighed when it is.
        taken = sum(self._sizes.get(key, 0) for key in wanted)
        return len(wanted) <= self._capacity and (self._room_bytes is None or taken <= self._room_bytes)

    @contextmanager
    def holding(self, mix: Mix, lookup: Lookup) -> Iterator[float]:
        """Keep a mix's experts resident; yields the milliseconds it took to load them."""
        if len(mix.parts) > self._capacity:
            raise BudgetError(
                f"the mix needs {len(mix.parts)} experts at once",
                expected=f"at most experts.max_loaded = {self._capacity}",
                mend="raise experts.max_loaded or name fewer experts",
            )
        held: list[str] = []
        try:
            spent = 0.0
            for part in mix.parts:
                spent += self.attach(lookup(part.expert))
                self._in_use[part.content_hash] += 1
                held.append(part.content_hash)
            self._working_set.answered(held)
            yield spent
        finally:
            self._in_use.subtract(held)

    def _make_room(self, name: str, size: int) -> None:
        """Let idle experts go until one of ``size`` bytes has a place. Raises BudgetError."""
        if self._room_bytes is not None and size > self._room_bytes:
            raise BudgetError(
                f"the expert {name} does not fit in the budget",
                found=f"{_mib(size)} MiB",
                expected=f"{_mib(self._room_bytes)} MiB or less, beside the base, its K/V and its buffers",
                mend="lower budget.ctx_tokens, raise budget.max_vram_mb, or train it with a lower rank",
            )
        while len(self._resident) >= self._capacity or self._is_full(size):
            idle = next((key for key in self._resident if not self._in_use[key]), None)
            if idle is None:
                raise self._crowded()
            self.detach(idle)
            self._working_set.left(idle)

    def _is_full(self, size: int) -> bool:
        return self._room_bytes is not None and self._taken + size > self._room_bytes

    @property
    def _taken(self) -> int:
        return sum(self._sizes[key] for key in self._resident)

    def _crowded(self) -> BudgetError:
        taken = f"{len(self._resident)} of experts.max_loaded = {self._capacity}"
        if self._room_bytes is not None:
            taken += f", {_mib(self._taken)} of {_mib(self._room_bytes)} MiB"
        return BudgetError(
            "every expert that may be resident is in use",
            found=taken,
            mend="wait for an answer to end, or raise experts.max_loaded or the budget",
        )


def _mib(count: int) -> int:
    return -(-count // (1024 * 1024))
