"""Promotion in this workstation: what waits, the gates on the session's engine, a person's decisions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vortex_tui.errors import InternalError, VortexError
from vortex_tui.promotion import candidate, confirmation, here, promote
from vortex_tui.promotion.judge import judge
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import Line, about
from vortex_tui.promotion.report import GateReport, PromotionError
from vortex_tui.promotion.rollback import rollback
from vortex_tui.promotion.site import Site
from vortex_tui.tui import quarantine
from vortex_tui.tui.quarantine import Quarantine
from vortex_tui.tui.session import Session

T = TypeVar("T")


class Promoting:
    """What runs, how far it is, what lies there. Listeners are told of every change.

    ``judged`` is the candidate that the gates are asked about, ``error`` what was refused last.
    """

    def __init__(self, session: Session, data_dir: Path) -> None:
        self._session = session
        self._data_dir = data_dir
        self._listeners: list[Callable[[], None]] = []
        self.running = self.stopping = False
        self.judged = self.title = ""
        self.share = 0.0
        self.seen: Quarantine | None = None
        self.error: VortexError | None = None

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` at each change; returns its undoing."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _say(self, title: str, share: float) -> None:
        # Once it is to stop, what still comes in is not what is waited for.
        if not self.stopping:
            self.title, self.share = title, share
        self._tell()

    async def look(self) -> None:
        """Read candidates, reports and ledger again; a failure is kept in ``error``."""
        session = self._session
        try:
            self.seen = await asyncio.to_thread(
                quarantine.look, session.profile, self._data_dir, mock=session.mocked
            )
        except VortexError as error:
            self.seen, self.error = None, error
        self._tell()

    # --- the gates ----------------------------------------------------------

    async def judge(self, id: str) -> bool:
        """Ask every gate about a candidate as soon as nothing is answered; True when there is a report.

        Cancelled, there is none, and the engine has the profile alone again.
        """
        self.error, self.running, self.stopping, self.judged = None, True, False, id
        self._say("waiting for the answer that runs", 0.0)
        try:
            async with self._session.alone:
                found = await self._judge(id)
            await asyncio.to_thread(Ledger(self._data_dir).append, about(found, "judged"))
        except VortexError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a defect is shown, and the screen stays
            self.error = InternalError("this program failed to judge", found=repr(error))
        finally:
            self.running = self.stopping = False
            self._tell()
        await self.look()
        return self.error is None

    async def _judge(self, id: str) -> GateReport:
        session = self._session
        if not session.can_answer:
            raise PromotionError("the model is not loaded", mend="F4 tells why")
        folder = await asyncio.to_thread(candidate.find, self._data_dir, id)
        return await judge(
            session.profile, self._data_dir, folder, engine=session.engine, mock=session.mocked, say=self._say
        )

    def stop(self) -> bool:
        """Say that the gates are being stopped; False when they do not run, or are stopped already."""
        if not self.running or self.stopping:
            return False
        self._say("stopping; the profile is loaded again as it was", self.share)
        self.stopping = True
        return True

    # --- decisions ----------------------------------------------------------

    async def ready(self, id: str) -> GateReport:
        """The report by which a candidate could be promoted now. Raises VortexError; the ledger keeps it."""
        asked = quarantine.terms_of(self._session.profile, mock=self._session.mocked)
        return await self._decide(lambda site: promote.ready(site, id, asked))

    async def approve(self, found: GateReport, typed: str) -> Line:
        """Approve a report by the candidate's typed id and carry it out. Raises VortexError."""
        asked = quarantine.terms_of(self._session.profile, mock=self._session.mocked)

        def approved(site: Site) -> Line:
            confirmation.confirmed(site, found, typed)
            return promote.promote(site, found.candidate.id, asked)

        return await self._moved(approved)

    async def reject(self, id: str, reason: str) -> Line:
        """Say no to a candidate; the ledger keeps the reason. Raises VortexError."""
        return await self._decide(lambda site: promote.reject(site, id, reason))

    async def roll_back(self, domain: str) -> Line:
        """Give a domain the champion it had before. Raises VortexError."""
        return await self._moved(lambda site: rollback(site, domain))

    async def _moved(self, change: Callable[[Site], Line]) -> Line:
        """A change of champions; the engine takes it up by itself, and its bank is asked for again."""
        line = await self._decide(change)
        try:
            await self._session.renew()
        except VortexError as error:
            self.error = error  # the champion has changed all the same
        self._tell()
        return line

    async def _decide(self, work: Callable[[Site], T]) -> T:
        """In a thread, for files are hashed and copied; afterwards everything is read again."""
        profile = self._session.profile
        self.error = None
        try:
            return await asyncio.to_thread(lambda: work(here.site(profile, self._data_dir)))
        except VortexError as error:
            self.error = error
            raise
        finally:
            refused = self.error
            await self.look()
            self.error = refused or self.error
            self._tell()
