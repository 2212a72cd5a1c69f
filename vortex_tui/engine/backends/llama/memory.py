"""Who has which cells: sequences that run, sequences kept for later, and snapshots in host memory.

A running row reserves all it may ever need, so that two rows can never wait for each other.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vortex_tui.engine.backends.llama.session import Session
from vortex_tui.engine.kept import Entry, Ids, Kept, as_ids

_Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]


@dataclass(slots=True)
class Lease:
    """A sequence in use: the mix it is under, the ids whose K/V it holds, the cells it may fill."""

    sequence: int
    mix: str
    cells: int
    ids: list[int] = field(default_factory=list)
    reused: int = 0
    restored_bytes: int = 0
    restored_ms: float = 0.0


class Memory:
    """Leases sequences of a session; K/V of one mix never serves another."""

    def __init__(self, session: Session, window: int, host_bytes: int) -> None:
        self._session = session
        self._window = window
        self._free = list(range(session.sequences))
        self._leased = 0
        self._kept: Kept[int] = Kept(session.cells, self._leave)
        self._snapshots: Kept[_Bytes] = Kept(host_bytes, lambda _: None)

    @property
    def host_bytes(self) -> int:
        """What the snapshots weigh."""
        return self._snapshots.size

    def known(self, mix: str, prompt: Sequence[int]) -> int:
        """How many of a prompt's tokens are there under ``mix``."""
        ids = as_ids(prompt[:-1])
        return max(self._kept.best(mix, ids)[1], self._snapshots.best(mix, ids)[1])

    def lease(self, mix: str, prompt: list[int], cells: int) -> Lease | None:
        """A sequence with as much of ``prompt`` as is known under ``mix``; None while there is no room."""
        if self._leased + cells > self._session.cells:
            return None
        ids = as_ids(prompt[:-1])  # the last token is evaluated anew: its logits are wanted
        lease = self._continue(mix, ids, cells) or self._open(mix, ids, cells)
        if lease:
            self._leased += cells
        return lease

    def _continue(self, mix: str, ids: Ids, cells: int) -> Lease | None:
        """Take over the kept sequence that the prompt goes on from: a follow-up turn."""
        entry, shared = self._kept.best(mix, ids)
        if entry is None or shared < len(entry.ids):
            return None
        lease = Lease(self._kept.take(entry), mix, cells, ids[:shared].tolist(), shared)
        self._make_room(cells)
        return self._trim(lease)

    def _trim(self, lease: Lease) -> Lease:
        """Forget what the prompt does not share, or all where the model's window has passed over it."""
        length = len(lease.ids)
        whole = not self._window or self._session.first(lease.sequence) <= max(0, length - self._window)
        if not (whole and self._session.cut(lease.sequence, length)):
            self._session.cut(lease.sequence, 0)
            lease.ids, lease.reused = [], 0
        return lease

    def _open(self, mix: str, ids: Ids, cells: int) -> Lease | None:
        """An empty sequence, begun with what a kept one shares with the prompt, or from a snapshot."""
        while not self._free:
            if not self._kept.drop_oldest():
                return None
        self._make_room(cells)
        lease = Lease(self._free.pop(), mix, cells)
        kept, shared = self._kept.best(mix, ids)
        saved, known = self._snapshots.best(mix, ids)
        if saved is not None and known > shared and self._restore(lease, saved):
            lease.ids = ids[:known].tolist()
        elif kept is not None:
            self._session.share(kept.handle, lease.sequence, shared)
            lease.ids = ids[:shared].tolist()
        lease.reused = len(lease.ids)
        return self._trim(lease) if lease.ids else lease

    def _restore(self, lease: Lease, saved: Entry[_Bytes]) -> bool:
        """Copy a snapshot into a lease's empty sequence; False when it does not fit."""
        before = time.perf_counter_ns()
        if len(saved.ids) > lease.cells or not self._session.restore(lease.sequence, saved.handle):
            self._session.cut(lease.sequence, 0)
            return False
        self._snapshots.touch(saved)
        lease.restored_bytes = saved.size
        lease.restored_ms = (time.perf_counter_ns() - before) / 1e6
        return True

    def _make_room(self, cells: int) -> None:
        self._kept.shrink(self._session.cells - self._leased - cells)

    def _leave(self, entry: Entry[int]) -> None:
        """A kept sequence goes: to a snapshot in host memory if that has room."""
        data = self._session.save(entry.handle)
        self._snapshots.add(Entry(entry.mix, entry.ids, data, data.nbytes))
        self._session.cut(entry.handle, 0)
        self._free.append(entry.handle)

    def release(self, lease: Lease) -> None:
        """End a lease; its K/V is kept for a follow-up."""
        self._leased -= lease.cells
        if lease.ids:
            ids = as_ids(lease.ids)
            self._kept.add(Entry(lease.mix, ids, lease.sequence, len(ids)))
        else:
            self._session.cut(lease.sequence, 0)
            self._free.append(lease.sequence)

    def forget(self) -> None:
        """Drop everything kept; leases go on."""
        self._snapshots.clear()
        self._kept.clear()
        self._snapshots.clear()
