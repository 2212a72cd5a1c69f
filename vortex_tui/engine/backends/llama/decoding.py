"""The decoding loop: all rows of a batch in one call of llama.cpp, prompts in chunks between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from vortex_tui.engine.backends.base import Spared
from vortex_tui.engine.backends.llama.memory import Lease, Memory
from vortex_tui.engine.backends.llama.sampler import RowSampler
from vortex_tui.engine.backends.llama.session import Place, Session
from vortex_tui.engine.backends.llama.speculation import Speculation
from vortex_tui.errors import VortexError

# Tokens that come faster than a screen is drawn share a frame.
_SLICE_NS = 15_000_000


@dataclass(slots=True)
class Running:
    """A row with its sequence; ``waiting`` are ids not evaluated yet, ``left`` counts those it may have."""

    row: int
    lease: Lease
    sampler: RowSampler
    waiting: list[int]
    left: int
    speculation: Speculation | None
    unknown: int
    begun: bool = False
    ended: bool = False
    draft: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch of rows shares: the key of its K/V, its limit, and how rows and mixes are made ready."""

    key: str
    limit: int
    stop_ids: Collection[int]
    sampler: Callable[[list[int]], RowSampler]
    speculation: Callable[[list[int]], Speculation | None]
    wear: Callable[[], None]
    let_go: Callable[[], None]


class LlamaDecoding:
    """A batch under one mix; rows start when cells are free."""

    def __init__(self, session: Session, memory: Memory, plan: Plan, prompts: Sequence[list[int]]) -> None:
        self._session, self._memory, self._plan = session, memory, plan
        self._queued = list(enumerate(prompts))
        self._running: list[Running] = []

    def drop(self, row: int) -> None:
        """Leave a finished row out of the next steps; its K/V stays for a follow-up."""
        self._queued = [queued for queued in self._queued if queued[0] != row]
        for running in [one for one in self._running if one.row == row]:
            self._running.remove(running)
            self._memory.release(running.lease)
            running.sampler.close()

    def close(self) -> None:
        """Drop every row."""
        for row in [row for row, _ in self._queued] + [running.row for running in self._running]:
            self.drop(row)
        self._plan.let_go()

    def evaluated(self) -> float:
        """Share (0..1) of the prompts' unknown tokens that have been evaluated."""
        reading = [running for running in self._running if not running.begun]
        unknown = sum(running.unknown for running in reading) + sum(len(ids) for _, ids in self._queued)
        left = sum(len(running.waiting) for running in reading) + sum(len(ids) for _, ids in self._queued)
        return 1 - left / unknown if unknown else 1.0

    def spared(self, row: int) -> Spared:
        """The work that a row was spared so far."""
        running = next(one for one in self._running if one.row == row)
        lease, drafts = running.lease, running.speculation
        return Spared(
            lease.reused, lease.restored_bytes, lease.restored_ms,
            drafts.drafted if drafts else 0, drafts.accepted if drafts else 0,
        )  # fmt: skip

    def step(self) -> dict[int, list[int]]:
        """The next tokens of rows that have one; none while prompts are evaluated or cells are awaited."""
        self._admit()
        self._plan.wear()
        until = time.perf_counter_ns() + _SLICE_NS
        found: dict[int, list[int]] = {}
        while self._advance(found) and time.perf_counter_ns() < until:
            pass
        return found

    def _advance(self, found: dict[int, list[int]]) -> bool:
        """One evaluation, its tokens added to ``found``; whether another may follow before they are told."""
        before = time.perf_counter_ns()
        places, owners = self._fill()
        if not places:
            return False
        self._evaluate(places)
        steady = len(owners) == len(self._running)
        for first, running in owners:
            steady &= running.begun
            chosen = self._choose(running, first)
            found.setdefault(running.row, []).extend(chosen)
            if running.speculation:
                running.speculation.learn(len(running.draft), chosen, time.perf_counter_ns() - before)
        return steady and not any(running.ended for running in self._running)

    def _choose(self, running: Running, first: int) -> list[int]:
        """Tokens from the logits at ``first`` and, as long as the draft is right, from those after it."""
        chosen: list[int] = []
        for place in range(len(running.draft) + 1):
            token = running.sampler.choose(self._session.pointer, first + place)
            chosen.append(token)
            running.left -= 1
            running.ended = token in self._plan.stop_ids or running.left <= 0
            if running.ended or running.draft[place : place + 1] != [token]:
                break
        self._settle(running, chosen)
        return chosen

    def _settle(self, running: Running, chosen: list[int]) -> None:
        """Forget the draft's wrong end; the last token is evaluated next."""
        running.begun = True
        running.waiting = chosen[-1:]
        if running.draft:
            running.lease.ids += chosen[:-1]
            self._session.cut(running.lease.sequence, len(running.lease.ids))

    def _evaluate(self, places: list[Place]) -> None:
        try:
            self._session.evaluate(places)
        except VortexError:
            # What their cells hold now is not known: none of it may serve again.
            for running in self._running:
                running.lease.ids = []
            raise

    def _admit(self) -> None:
        """Start queued rows while there is room for all they may need."""
        while self._queued:
            row, prompt = self._queued[0]
            cells = min(len(prompt) + self._plan.limit, self._session.cells)
            lease = self._memory.lease(self._plan.key, prompt, cells)
            if lease is None:
                return
            self._queued.pop(0)
            sampler, speculation = self._plan.sampler(prompt), self._plan.speculation(prompt)
            left = cells - len(prompt)
            waiting = prompt[lease.reused :]
            running = Running(row, lease, sampler, waiting, left, speculation, len(waiting))
            self._running.append(running)

    def _fill(self) -> tuple[list[Place], list[tuple[int, Running]]]:
        """The next batch, and where the logits of each row that gets a token begin."""
        places: list[Place] = []
        owners: list[tuple[int, Running]] = []
        for running in self._ordered():
            room = self._session.batch_size - len(places)
            taken = running.waiting[:room]
            if not taken:
                break
            complete = len(taken) == len(running.waiting)
            running.draft = self._draft(running, room - 1) if complete and running.begun else []
            if complete:
                owners.append((len(places) + len(taken) - 1, running))
            self._place(places, running, taken, complete)
        return places, owners

    def _ordered(self) -> Sequence[Running]:
        """Rows that wait for one token before those whose prompts fill the batch."""
        return (
            self._running if len(self._running) == 1 else sorted(self._running, key=lambda r: len(r.waiting))
        )

    @staticmethod
    def _draft(running: Running, room: int) -> list[int]:
        """Never more than the row may still have: what is drafted takes cells."""
        return running.speculation.draft(min(room, running.left - 1)) if running.speculation else []

    @staticmethod
    def _place(places: list[Place], running: Running, taken: list[int], complete: bool) -> None:
        lease = running.lease
        at, last = len(lease.ids), len(taken) - 1
        for offset, token in enumerate(taken):
            places.append(Place(token, lease.sequence, at + offset, complete and offset == last))
        for offset, token in enumerate(running.draft, start=len(taken)):
            places.append(Place(token, lease.sequence, at + offset, True))
        lease.ids += taken
        del running.waiting[: len(taken)]
