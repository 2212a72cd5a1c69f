"""Which experts are resident: at most ``capacity``, the least recently used leaves first."""

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

    def __init__(self, backend: Backend, fingerprint: str, capacity: int) -> None:
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
        self._make_room()
        self._backend.attach(loaded)
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
        return len(used | {part.content_hash for part in mix.parts}) <= self._capacity

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

    def _make_room(self) -> None:
        while len(self._resident) >= self._capacity:
            idle = next((key for key in self._resident if not self._in_use[key]), None)
            if idle is None:
                raise BudgetError(
                    "every expert that may be resident is in use",
                    found=f"{self._capacity} of experts.max_loaded = {self._capacity}",
                    mend="wait for an answer to end, or raise experts.max_loaded",
                )
            self.detach(idle)
            self._working_set.left(idle)
