"""One check made again or mended, behind the doctor's screen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from vortex_tui.doctor.report import Check
from vortex_tui.errors import VortexError
from vortex_tui.escape import visible
from vortex_tui.profile import Profile
from vortex_tui.tui.starter import Doctor, Starter

if TYPE_CHECKING:
    from vortex_tui.doctor.fixes import Fix


class LocalDoctor:
    """The doctor of this machine and one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def again(self, profile: Profile, id: str) -> Check:
        """Make one check again."""
        from vortex_tui.doctor import run
        from vortex_tui.doctor.context import Context

        return run.again(id, Context(profile, self._data_dir))

    def fix(self, profile: Profile, id: str) -> Fix | None:
        """What mends it, where that is safe."""
        from vortex_tui.doctor import fixes
        from vortex_tui.doctor.context import Context

        return fixes.safe(id, Context(profile, self._data_dir))


async def again(starter: Starter, doctor: Doctor, profile: Profile, id: str) -> None:
    """Make one check again and put it into the report."""
    starter.take(await asyncio.to_thread(doctor.again, profile, id))


async def mend(app: App[int], starter: Starter, doctor: Doctor, profile: Profile, id: str) -> None:
    """Ask, mend, look again; where nothing is safe to be done, point to the command. From a worker only."""
    from vortex_tui.tui.screens.confirm import ConfirmScreen

    fix = await asyncio.to_thread(doctor.fix, profile, id)
    if fix is None:
        app.notify("Nothing here is safe to be done for you: the command is shown.", markup=False)
        return
    if not await app.push_screen_wait(ConfirmScreen(visible(fix.question))):
        return
    try:
        await asyncio.to_thread(fix.run)
    except VortexError as error:
        app.notify(visible(str(error)), severity="error", markup=False, timeout=10)
    await again(starter, doctor, profile, id)
