"""The bench of this workstation, on its own engine: one at a time with the chat's answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from vortex_tui.bench import baseline, exemplars, seen
from vortex_tui.bench.plan import BASELINE_RUNS, Plan
from vortex_tui.bench.report import BenchError
from vortex_tui.bench.run import Benched, bench
from vortex_tui.bench.seen import Seen
from vortex_tui.engine.protocol import Ready
from vortex_tui.errors import InternalError, VortexError
from vortex_tui.tui.session import Session

RUNS = 5
_MOST_RUNS = 20
_TOKENS = 32


class Benching:
    """What runs, how far it is, and what was found. Listeners are told of every change."""

    def __init__(self, session: Session, data_dir: Path) -> None:
        self._session = session
        self._data_dir = data_dir
        self._listeners: list[Callable[[], None]] = []
        self.running = False
        self.title = ""
        self.share = 0.0
        self.seen: Seen | None = None
        self.error: VortexError | None = None

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` at each change; returns its undoing."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    @property
    def can_be_baseline(self) -> bool:
        """True when what is shown was measured here, in enough runs."""
        entry = self.seen.entry if self.seen else None
        return entry is not None and len(entry.tokens_per_sec) >= BASELINE_RUNS

    async def recall(self) -> None:
        """The last bench of this profile, where nothing of it was measured yet."""
        session = self._session
        name, mock = session.profile.name, session.mocked
        shown = self.seen.report if self.seen else None
        if self.running or (shown and (shown.profile, shown.mock) == (name, mock)):
            return
        self.seen = self.error = None
        try:
            self.seen = await asyncio.to_thread(seen.last, self._data_dir, name, mock=mock)
        except VortexError as error:
            self.error = error
        self._tell()

    async def run(self, runs: int = RUNS) -> bool:
        """Measure as soon as nothing is answered; True when it was. A failure is kept in ``error``.

        For a baseline's runs none are added: what is asked for is the baseline, not a verdict.
        """
        self.error, self.running = None, True
        self._say("waiting for the answer that runs", 0.0)
        try:
            async with self._session.alone:
                self._say("starting", 0.0)
                benched = await self._measure(runs)
            self.seen = Seen(benched.report, benched.entry)
            self.seen = await asyncio.to_thread(seen.keep, self._data_dir, benched)
        except VortexError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a defect is shown, and the screen stays
            self.error = InternalError("this program failed to bench", found=repr(error))
        finally:
            self.running = False
            self._tell()
        return self.error is None

    async def _measure(self, runs: int) -> Benched:
        plan = await asyncio.to_thread(self._plan, runs)
        return await bench(self._session.engine, self._ready(), plan, self._say)

    def _ready(self) -> Ready:
        if self._session.ready is None or not self._session.can_answer:
            raise BenchError("the model is not loaded", mend="F4 tells why")
        return self._session.ready

    def _plan(self, runs: int) -> Plan:
        profile, mock = self._session.profile, self._session.mocked
        # A damaged file is found before the bench.
        known = baseline.read(baseline.path_in(self._data_dir))
        most = runs if runs >= BASELINE_RUNS else _MOST_RUNS
        bank = exemplars.of(profile, self._data_dir)
        return Plan(profile, bank, runs, _TOKENS, mock, most, known)

    def _say(self, title: str, share: float) -> None:
        self.title, self.share = title, share
        self._tell()

    async def save(self) -> None:
        """Keep what is shown as the baseline. Raises StorageError."""
        if self.seen is not None:
            self.seen = await asyncio.to_thread(seen.as_baseline, self._data_dir, self.seen)
            self._tell()
