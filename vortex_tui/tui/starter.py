"""What happens after the first paint: look for what is missing, then start the engine and load."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from vortex_tui.doctor.report import Check, Report, report
from vortex_tui.errors import InternalError, VortexError
from vortex_tui.profile import Profile
from vortex_tui.tui.session import Session

if TYPE_CHECKING:
    from vortex_tui.doctor.fixes import Fix

# Checks as they finish, or a report that is whole.
Examine = Callable[[Profile], Iterable[Check]]
# The check that says whether there is anything to load; the others inform.
_WEIGHTS = "weights"


class Doctor(Protocol):
    """What the doctor can do about one check; all of it slow enough for a thread."""

    def again(self, profile: Profile, id: str) -> Check:
        """Make one check again."""

    def fix(self, profile: Profile, id: str) -> Fix | None:
        """What mends it, where that is safe."""


class Starter:
    """Looks and loads. ``report`` is the last look, as far as it got; ``looking``: more is on its way."""

    def __init__(self, session: Session, examine: Examine | None, known: Report | None) -> None:
        self._session = session
        self._examine = examine
        self.report = known
        self.looking = False

    @property
    def weights_missing(self) -> bool:
        """True when the last look found no usable weights."""
        check = self.report.find(_WEIGHTS) if self.report else None
        return check is not None and check.status == "fail"

    async def look(self, on_check: Callable[[], object] = lambda: None) -> None:
        """Make a new report, off the event loop; ``on_check`` is called in it whenever there is more."""
        if self._examine is None:
            return
        loop, self.report, self.looking = asyncio.get_running_loop(), None, True

        def follow(checks: Iterable[Check]) -> list[Check]:
            seen: list[Check] = []
            for check in checks:
                seen.append(check)
                loop.call_soon_threadsafe(self.take, check, on_check)
            return seen

        try:
            profile, examine = self._session.profile, self._examine
            seen = await asyncio.to_thread(lambda: follow(examine(profile)))
        finally:
            self.looking = False
        self.report = report(seen)

    def take(self, check: Check, on_check: Callable[[], object] = lambda: None) -> None:
        """Put a newer check into the report."""
        self.report = report([*(self.report or ()), check])
        on_check()

    async def open(self) -> bool:
        """Load the profile, unless it is loaded or its weights are missing. True when it is loaded."""
        if self._session.can_answer:
            return True
        if self.weights_missing:
            return False
        try:
            await self._session.open()
        except VortexError:
            return False
        except Exception as error:  # noqa: BLE001 - whatever it was, the doctor shows it; the screen stays
            self._session.failure = InternalError("the engine could not be started", found=repr(error))
            return False
        return True
