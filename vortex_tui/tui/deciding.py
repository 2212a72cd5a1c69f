"""A person asked, and what they decided carried out. From a worker only: the questions are waited for."""

from __future__ import annotations

from textual.app import App

from vortex_tui.escape import one_line
from vortex_tui.promotion.line import Line
from vortex_tui.tui.promoting import Promoting
from vortex_tui.tui.quarantine import Waiting
from vortex_tui.tui.screens.approve import REJECT, ApproveScreen
from vortex_tui.tui.screens.confirm import ConfirmScreen
from vortex_tui.tui.screens.reason import ReasonScreen


async def approve(app: App[int], promoting: Promoting, id: str) -> Line | None:
    """Show what would be bound, and promote by the typed id. Raises VortexError for what is refused."""
    found = await promoting.ready(id)
    typed = await app.push_screen_wait(ApproveScreen(found))
    if typed is None:
        return None
    return await (reject(app, promoting, id) if typed == REJECT else promoting.approve(found, typed))


async def reject(app: App[int], promoting: Promoting, id: str) -> Line | None:
    """Ask for the reason, which the ledger keeps. Raises VortexError."""
    reason = await app.push_screen_wait(ReasonScreen(f"Reject {one_line(id)}. The ledger keeps why."))
    return await promoting.reject(id, reason) if reason else None


async def roll_back(app: App[int], promoting: Promoting, chosen: Waiting) -> Line | None:
    """Ask, then go back in the candidate's domain. Raises VortexError."""
    now = one_line(chosen.champion.id) if chosen.champion else "nobody"
    question = (
        f"{one_line(chosen.domain)} is served by {now}. Go back to the champion before? "
        "The next answer is already its."
    )
    if not await app.push_screen_wait(ConfirmScreen(question)):
        return None
    return await promoting.roll_back(chosen.domain)


def told(line: Line) -> str:
    """What a decision's line says, in a few words."""
    now = line.candidate.id if line.candidate else "nobody"
    before = line.champion.id if line.champion else "nobody"
    words = {
        "promoted": f"{now} serves {line.domain}; before it {before}",
        "rolled_back": f"{now} serves {line.domain} again; before it {before}",
        "rejected": f"{now}: rejected",
    }
    return one_line(words.get(line.event, line.event))
