"""What happens after the first paint: look for what is missing, then start the engine and load."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vortex_tui.doctor.report import Report
from vortex_tui.errors import InternalError, VortexError
from vortex_tui.profile import Profile
from vortex_tui.tui.session import Session

Examine = Callable[[Profile], Report]
# The check that says whether there is anything to load; the others inform.
_WEIGHTS = "weights"


class Starter:
    """Looks and loads. ``report`` is the last look; ``examine`` is slow enough for a thread."""

    def __init__(self, session: Session, examine: Examine | None, report: Report | None) -> None:
        self._session = session
        self._examine = examine
        self.report = report

    @property
    def weights_missing(self) -> bool:
        """True when the last look found no usable weights."""
        check = self.report.find(_WEIGHTS) if self.report else None
        return check is not None and check.status == "fail"

    async def look(self) -> None:
        """Make a new report, off the event loop."""
        if self._examine is not None:
            self.report = await asyncio.to_thread(self._examine, self._session.profile)

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
