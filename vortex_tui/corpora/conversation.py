"""Conversations: every answer is an example, with the turns before it.

The turns are kept as they are in ``messages``. ``prompt`` says them in one text, because whoever reads
only prompt and response (the evaluation does) could not judge a follow-up without what it follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vortex_tui.corpora.example import Turn
from vortex_tui.corpora.piece import Dropped, Piece

_ROLES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
}


def pieces(row: Mapping[str, Any], part: str, licence: str) -> Iterator[Piece | Dropped]:
    """One piece for each answer of a conversation; all of them are of one group."""
    turns = _turns(row.get("messages", row.get("conversations")))
    if isinstance(turns, str):
        yield Dropped(part, "not a pair", turns)
        return
    answers = [at for at, turn in enumerate(turns) if turn.role == "assistant" and _asked(turns[:at])]
    if not answers:
        yield Dropped(part, "not a pair", "no answer to a user's turn")
    for number, at in enumerate(answers, 1):
        where = f"{part}, answer {number}" if len(answers) > 1 else part
        if not turns[at].content.strip():
            yield Dropped(where, "not a pair", "an empty answer")
            continue
        before = tuple(turns[:at])
        # A prompt alone needs no second telling.
        kept = before if len(before) > 1 else ()
        yield Piece(prompt(before), turns[at].content, where, licence, "chat", kept, part)


def prompt(turns: Sequence[Turn]) -> str:
    """Turns as one text: the last user's words, after the system's, or the whole as a transcript."""
    if len(turns) == 1:
        return turns[0].content
    if [turn.role for turn in turns] == ["system", "user"]:
        return "\n\n".join(turn.content for turn in turns)
    return "\n\n".join(
        turn.content if turn.role == "system" else f"{turn.role.capitalize()}: {turn.content}"
        for turn in turns
    )


def _asked(before: Sequence[Turn]) -> bool:
    return bool(before) and before[-1].role == "user" and bool(before[-1].content.strip())


def _turns(found: object) -> list[Turn] | str:
    """The turns of a list of messages, or in words why it holds none."""
    if not isinstance(found, list):
        return "messages is no list"
    turns = []
    for message in found:
        turn = _turn(message) if isinstance(message, dict) else "a message is no object"
        if isinstance(turn, str):
            return turn
        turns.append(turn)
    return turns


def _turn(message: Mapping[str, Any]) -> Turn | str:
    role = message.get("role", message.get("from"))
    content = message.get("content", message.get("value"))
    if not isinstance(role, str) or role not in _ROLES:
        return f"a turn of {role!r}; only system, user and assistant are kept"[:120]
    if not isinstance(content, str):
        return "a turn that is not text"
    return Turn(_ROLES[role], content)
