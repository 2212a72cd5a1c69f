"""Read what is on the screen, and type on it."""

from __future__ import annotations

from textual.app import App
from textual.pilot import Pilot


def shown(app: App[int]) -> str:
    """The screen as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def ask(pilot: Pilot[int], question: str) -> None:
    """Type a question and send it."""
    await pilot.press(*question, "enter")
