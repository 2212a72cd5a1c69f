"""K/V of finished answers, kept for follow-ups: on the device, and as snapshots in host memory.

Only rows that run alone reuse K/V and leave theirs: evaluations run large batches of short prompts, for
which copying costs more than computing. On a CPU both places are one, and snapshots are all there is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from transformers import DynamicCache, PreTrainedModel

from vortex_tui.engine.backends.base import Spared
from vortex_tui.engine.backends.hf_bytes import weigh
from vortex_tui.engine.backends.hf_cache import CacheForm, Saved, tensors_of
from vortex_tui.engine.kept import Entry, Ids, Kept, as_ids

_HOST = torch.device("cpu")
_Found = tuple[Entry[Saved] | None, int]


@dataclass(slots=True)
class Lease:
    """A cache in use under a mix. ``ids`` are a lone row's tokens, those of ``cache`` and those to come."""

    mix: str
    cache: DynamicCache
    tokens: int
    cells: int = 0
    ids: list[int] = field(default_factory=list)
    spared: Spared = field(default_factory=Spared)
    sound: bool = True


class Memory:
    """Leases caches; K/V of one mix never serves another.

    ``device_tokens`` bounds what finished rows keep on the device, together with what running ones may
    need; who is used least leaves to a snapshot. Snapshots weigh ``host_bytes`` at most. Running rows
    together may need ``cells`` tokens, none where it is 0 and nothing bounds them.
    """

    def __init__(self, model: PreTrainedModel, device_tokens: int, host_bytes: int, cells: int = 0) -> None:
        self._cells = cells
        self._form = CacheForm(model)
        self._device_tokens = device_tokens
        self._host_bytes = host_bytes
        self._home = model.device
        self._running: list[Lease] = []
        self._leased = 0
        self._kept: Kept[Saved] = Kept(device_tokens, self._leave)
        self._snapshots: Kept[Saved] = Kept(host_bytes, lambda _: None)

    @property
    def host_bytes(self) -> int:
        """What the snapshots weigh."""
        return self._snapshots.size

    @property
    def device_bytes(self) -> int | None:
        """K/V on the model's device, running and kept; None when its layers carry what is not known here.

        On a CPU snapshots are part of it. Any thread may ask.
        """
        return weigh(self._tensors(), self._home) if self._form.plain else None

    def _tensors(self) -> Iterator[torch.Tensor]:
        for lease in tuple(self._running):
            yield from tensors_of(lease.cache)
        for saved in (*self._kept.handles, *self._snapshots.handles):
            yield from (tensor for pair in saved.layers for tensor in pair)

    def startable(self, lengths: Sequence[int], limit: int) -> int:
        """How many of these prompts may start now and grow by ``limit`` tokens: the first so many.

        Of a batch every row is as long as its longest. One may always start where nothing runs.
        """
        if not self._cells:
            return len(lengths)
        taken = sum(lease.cells for lease in self._running)
        longest = 0
        for count, length in enumerate(lengths):
            longest = max(longest, min(length + limit, self._cells))
            if taken + (count + 1) * longest > self._cells:
                return count if count or self._running else 1
        return len(lengths)

    @property
    def steady(self) -> bool:
        """Whether a prompt may be evaluated piece by piece."""
        return self._form.steady

    def known(self, mix: str, prompt: Sequence[int]) -> int:
        """How many tokens of ``prompt`` need no evaluation under ``mix``: its last one always does."""
        ids = as_ids(prompt[:-1])
        return max(self._find(self._kept, mix, ids)[1], self._find(self._snapshots, mix, ids)[1])

    def _find(self, among: Kept[Saved], mix: str, ids: Ids) -> _Found:
        entry, shared = among.best(mix, ids)
        if entry is None:
            return None, 0
        return entry, self._form.usable(len(entry.ids), shared)

    @torch.inference_mode()
    def lease(self, mix: str, prompts: Sequence[list[int]], limit: int) -> Lease:
        """A cache for rows that grow by ``limit`` tokens at most; a lone row goes on from what is known."""
        longest = max(map(len, prompts)) + limit
        tokens, cells = (len(prompts) * min(longest, most) for most in (self._device_tokens, self._cells))
        lease = Lease(mix, self._form.empty(), tokens, cells)
        if len(prompts) == 1 and self._form.carries:
            lease.ids = list(prompts[0])
            self._begin(lease, as_ids(prompts[0][:-1]))
        self._leased += tokens
        self._running.append(lease)
        self._kept.shrink(self._device_tokens - self._leased)
        return lease

    def _begin(self, lease: Lease, ids: Ids) -> None:
        """Fill a lease's cache with the longest that is known; a snapshot is copied only for more of it."""
        kept, here = self._find(self._kept, lease.mix, ids)
        saved, there = self._find(self._snapshots, lease.mix, ids)
        if saved is not None and there > here:
            self._restore(lease, saved, there)
        elif kept is not None and here:
            self._continue(lease, kept, here)

    def _continue(self, lease: Lease, entry: Entry[Saved], shared: int) -> None:
        """Go on from K/V on the device: a follow-up takes it over, another prompt shares its beginning."""
        if shared == len(entry.ids):
            self._kept.take(entry)
        else:
            self._kept.touch(entry)
        lease.cache = self._form.filled(self._form.first(entry.handle, len(entry.ids), shared), shared)
        lease.spared = Spared(shared)

    def _restore(self, lease: Lease, entry: Entry[Saved], shared: int) -> None:
        started = time.perf_counter()
        # Copied on a CPU too: a snapshot must stay what it is, whatever a cache does to its tensors.
        data = self._form.first(entry.handle, len(entry.ids), shared).at_home()
        lease.cache = self._form.filled(data, shared)
        lease.spared = Spared(shared, data.nbytes, (time.perf_counter() - started) * 1e3)
        self._snapshots.touch(entry)

    @torch.inference_mode()
    def release(self, lease: Lease) -> None:
        """End a lease; the K/V of a lone row is kept, unless a pass over it has failed."""
        self._leased -= lease.tokens
        self._running = [other for other in self._running if other is not lease]
        length = lease.cache.get_seq_length() if lease.ids and lease.sound else 0
        if length:
            self._keep(lease.mix, as_ids(lease.ids[:length]), self._form.save(lease.cache))
        lease.cache = self._form.empty()
        self._kept.shrink(self._device_tokens - self._leased)

    def _keep(self, mix: str, ids: Ids, data: Saved) -> None:
        """Keep a row's K/V; none is copied off the device for what is there already."""
        if self._kept.best(mix, ids)[1] < len(ids):
            self._kept.add(Entry(mix, ids, data, len(ids)))

    def _leave(self, entry: Entry[Saved]) -> None:
        """K/V leaves the device: to a snapshot where that has room and none holds as much already."""
        known = self._snapshots.best(entry.mix, entry.ids)[1] == len(entry.ids)
        if entry.handle.nbytes <= self._host_bytes and not known:
            data = entry.handle.at(_HOST)
            self._snapshots.add(Entry(entry.mix, entry.ids, data, data.nbytes))

    def forget(self) -> None:
        """Drop everything kept; leases go on."""
        self._snapshots.clear()
        self._kept.clear()
        self._snapshots.clear()
