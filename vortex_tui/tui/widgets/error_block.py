"""An error in the conversation or on the doctor's screen: what, found, expected, mend."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from vortex_tui.errors import EngineDiedError, EngineGaveUpError, VortexError
from vortex_tui.escape import visible


def _afterword(error: VortexError) -> str:
    if isinstance(error, EngineDiedError):
        return "What it had said is kept. The engine restarts; send the question again when it is ready."
    if isinstance(error, EngineGaveUpError):
        return "It is not restarted again by itself. F4 shows the doctor and tries once more."
    return ""


def error_content(error: VortexError) -> Content:
    """All an error says, in lines; empty parts are left out."""
    parts: list[Content | tuple[str, str]] = [(f"✗ {visible(error.message)}", "bold $text-error")]
    for label, text in (("found", error.found), ("expected", error.expected), ("mend", error.mend)):
        if text:
            parts += [(f"\n  {label:<9}", "$text-muted"), Content(visible(text))]
    if after := _afterword(error):
        parts.append((f"\n  {after}", "$text-muted"))
    return Content.assemble(*parts)


class ErrorBlock(Static):
    """Shows one error."""

    def __init__(self, error: VortexError) -> None:
        super().__init__(error_content(error), classes="error-block")
