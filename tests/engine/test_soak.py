"""Whatever happens to it, and however often, the engine answers the next question."""

from __future__ import annotations

import os
import random
from pathlib import Path

import psutil
import pytest

from tests.engine.test_engine import LONG, answers, ask
from vortex_tui import profile
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import BARE, Done, Named, Token
from vortex_tui.errors import EngineDiedError, ExpertError

CASES = int(os.environ.get("VORTEX_SOAK_CASES", "200"))
# A death costs a start of the worker; an answer costs nothing.
KILLED = 0.01
DOMAINS = ("arithmetic", "units", "sql", "roman")


class Chaos:
    """One random thing done to an engine at a time, from a seed."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine = engine
        self.rng = random.Random(seed)
        self.acts = (self.cancel, self.leave, self.overlap, self.misname, self.remix, self.swap)

    async def once(self) -> None:
        act = self.kill if self.rng.random() < KILLED else self.rng.choice(self.acts)
        await act()

    async def cancel(self) -> None:
        answer = self.engine.generate([ask("go on")], LONG, BARE)
        at, seen = self.rng.randrange(8), 0
        async for event in answer:
            if isinstance(event, Token):
                seen += 1
            if seen == at:
                await answer.cancel()
        assert isinstance(event, Done)
        assert event.finish_reason in ("cancelled", "stop", "length")

    async def leave(self) -> None:
        answer = self.engine.generate([ask("go on")], LONG, BARE)
        async for _ in answer:
            if self.rng.random() < 0.3:
                break
        await answer.aclose()

    async def overlap(self) -> None:
        texts = [f"What is {self.rng.randrange(100)} + {self.rng.randrange(100)}?" for _ in range(3)]
        assert len(await answers(self.engine, *texts)) == 3

    async def misname(self) -> None:
        with pytest.raises(ExpertError):
            await answers(self.engine, "hello", choice=Named(weights={"nobody": 1.0}))

    async def remix(self) -> None:
        weights = {name: self.rng.randrange(1, 21) / 20 for name in self.rng.sample(DOMAINS, 2)}
        assert len(await answers(self.engine, "What is 1 + 2?", choice=Named(weights=weights))) == 1

    async def swap(self) -> None:
        await self.engine.attach(self.rng.choice(DOMAINS))

    async def kill(self) -> None:
        with pytest.raises(EngineDiedError):
            await self._kill_in_an_answer()

    async def _kill_in_an_answer(self) -> None:
        first = self.engine.pid
        async for event in self.engine.generate([ask("go on")], LONG, BARE):
            if isinstance(event, Token) and first is not None and psutil.pid_exists(first):
                psutil.Process(first).kill()


@pytest.mark.soak
async def test_it_answers_after_any_abuse(tmp_path: Path) -> None:
    seed = int(os.environ.get("VORTEX_SOAK_SEED", "1"))
    async with Engine(tmp_path, face="soak") as engine:
        await engine.load(profile.load("nano"))
        chaos = Chaos(engine, seed)
        for case in range(CASES):
            await chaos.once()
            if case % 20 == 19:
                assert await answers(engine, "What is 37 + 58?") == ["95"], f"seed {seed}, case {case}"
        stats = await engine.stats()
        assert (stats.queued, stats.state) == (0, "ready")
        pid = engine.pid
    assert pid is not None
    assert not psutil.pid_exists(pid)
