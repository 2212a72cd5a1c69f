"""What a person says of answers: kept where the profile consents, and said in words where it does not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from vortex_tui.errors import VortexError
from vortex_tui.tui.conversation import Conversation
from vortex_tui.tui.session import Session
from vortex_tui.tui.turn import Marked, Turn

if TYPE_CHECKING:
    from vortex_tui.learning.feedback import Mark


class Marking:
    """Marks the last answer. Without a ``data_dir`` there is nowhere to keep anything."""

    def __init__(self, session: Session, conversation: Conversation, data_dir: Path | None) -> None:
        self._session = session
        self._conversation = conversation
        self._data_dir = data_dir
        self._told = False

    @property
    def turn(self) -> Turn | None:
        """The last turn, when it was answered to its end."""
        turns = [turn for turn in self._conversation.turns if turn.state != "queued"]
        return turns[-1] if turns and turns[-1].state == "done" and turns[-1].text.strip() else None

    async def mark(self, turn: Turn, mark: Mark, correction: str = "") -> str:
        """Mark a turn, or take the same mark back; returns what the person must be told, or nothing."""
        if turn.marked is not None and turn.marked.mark == mark != "corrected":
            mark = "withdrawn"
        was_kept = turn.marked is not None and turn.marked.kept
        try:
            kept = await self._kept(turn, mark, correction)
        except VortexError as error:
            turn.marked = None if mark == "withdrawn" else Marked(mark, kept=False)
            return str(error)
        turn.marked = None if mark == "withdrawn" else Marked(mark, kept)
        if kept or was_kept or self._told:
            return ""
        self._told = True
        return self._why_not()

    async def _kept(self, turn: Turn, mark: Mark, correction: str) -> bool:
        if not self._session.profile.learning.enabled or self._data_dir is None:
            return False
        # Imported with the first mark that is kept: the first paint does not wait for it.
        from vortex_tui.learning import feedback

        mix = turn.routed.mix if turn.routed is not None else ()
        said = feedback.made(
            self._conversation.prompt(turn), turn.text, mark,
            answer=turn.answer, mix=mix, correction=correction,
        )  # fmt: skip
        domains = {expert.id: expert.domain for expert in self._session.experts}
        domain = feedback.domain_of(mix, domains)
        await asyncio.to_thread(feedback.keep, said, domain, self._data_dir)
        return True

    def _why_not(self) -> str:
        from vortex_tui.learning.refusal import KEY, mend

        if self._data_dir is None:
            return "Marks are shown and not kept: there is no data folder."
        profile = self._session.profile
        return (
            f"Marks are shown and not kept: {KEY} is false in the profile {profile.name}. "
            f"To have experts learn from them: {mend(profile)}"
        )
