"""A real engine on nano, one for the module that asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from vortex_tui import profile
from vortex_tui.engine.client import Engine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nano(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    data: Path = tmp_path_factory.mktemp("engine")
    async with Engine(data, face="test") as engine:
        await engine.load(profile.load("nano"))
        yield engine
