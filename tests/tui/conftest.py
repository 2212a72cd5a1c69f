"""An app on a scripted engine, with a machine that never changes."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

# The suite runs with importlib mode, where a folder's modules do not see each other.
sys.path.insert(0, str(Path(__file__).parent))

from scripted import ScriptedEngine

from vortex_tui import paths
from vortex_tui.doctor.report import Report
from vortex_tui.profile import Profile
from vortex_tui.telemetry.gpu import Gpus
from vortex_tui.telemetry.host import Host
from vortex_tui.telemetry.sampler import Sampler
from vortex_tui.tui.app import VortexApp
from vortex_tui.tui.starter import Doctor

HOST = Host(
    cpu_percent=12.0,
    worker_cpu_percent=180.0,
    used_mb=2150.0,
    total_mb=24000.0,
    disk_free_mb=51200.0,
)
Until = Callable[..., Awaitable[None]]


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No blinking cursor, no themes and no anchors of whoever runs the tests."""
    monkeypatch.setattr(TextArea.cursor_blink, "_default", False)
    monkeypatch.setattr(paths, "user_config", lambda: tmp_path / "config")
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path / "user")


@pytest.fixture
def make_app(tmp_path: Path) -> Callable[..., VortexApp]:
    """An app of fixed readings and a clock that stands still."""

    def make(
        engine: ScriptedEngine,
        profile: Profile | None = None,
        missing: Report | None = None,
        examine: Callable[[Profile], Report] | None = None,
        gpus: Gpus | None = None,
        doctor: Doctor | None = None,
        mock: bool = False,
    ) -> VortexApp:
        return VortexApp(
            engine,
            profile or Profile(),
            missing,
            examine=examine,
            sampler=Sampler(lambda _: gpus or Gpus(reason="no NVIDIA driver"), lambda _: HOST),
            doctor=doctor,
            data_dir=tmp_path / "data",
            mock=mock,
            clock=lambda: 100.0,
        )

    return make


@pytest.fixture
def until() -> Until:
    """Wait for a condition, with a deadline instead of a sleep."""

    async def wait(pilot: Pilot[int], condition: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            await pilot.pause()
            await asyncio.sleep(0.02)

    return wait
