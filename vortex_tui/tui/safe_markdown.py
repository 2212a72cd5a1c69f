"""Markdown as a model writes it: HTML is text, invisible characters are shown, an open fence is plain."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from vortex_tui.escape import visible


def _is_open(token: Token) -> bool:
    """A fence whose closing line has not come yet."""
    if token.type != "fence" or token.map is None:
        return False
    start, end = token.map
    return end - start < token.content.count("\n") + 2


def _make_safe(token: Token) -> None:
    # An entity such as &#x202e; is decoded by the parser, after the source was escaped.
    token.content = visible(token.content)
    if token.type in ("fence", "code_block") and (not token.info or _is_open(token)):
        # Highlighting an open fence costs its whole length at every flush; guessing a language is a guess.
        token.info = "text"
    for child in token.children or ():
        _make_safe(child)


def _safe(state: StateCore) -> None:
    for token in state.tokens:
        _make_safe(token)


def parser() -> MarkdownIt:
    """A parser of CommonMark with tables; raw HTML stays text and bare addresses are not made links."""
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.core.ruler.push("vortex_safe", _safe)
    return made
