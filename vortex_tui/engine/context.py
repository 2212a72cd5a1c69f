"""Fit a conversation into the context, or refuse it, as the profile's overflow policy says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from vortex_tui.engine.protocol import Conversation
from vortex_tui.errors import PromptError

Policy = Literal["refuse", "drop_oldest", "keep_tail"]
Encode = Callable[[Conversation], list[int]]
# Keeps the last n tokens of a text.
Tail = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Prompt ids that fit, and what was left out to make them fit."""

    ids: list[int]
    dropped_turns: int = 0
    dropped_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """A context of ``ctx_tokens`` of which ``reserve`` are kept for the answer."""

    ctx_tokens: int
    reserve: int
    policy: Policy

    @property
    def limit(self) -> int:
        """The longest prompt, in tokens."""
        return self.ctx_tokens - self.reserve


def window(ctx_tokens: int, max_new_tokens: int, policy: Policy) -> Window:
    """The window of a request: a long answer may claim at most a quarter of the context beforehand."""
    return Window(ctx_tokens, min(max_new_tokens, max(1, ctx_tokens // 4)), policy)


def check(conversation: Conversation) -> None:
    """Raise PromptError unless the conversation ends with something a user said."""
    last = conversation[-1] if conversation else None
    if last is None or last.role != "user" or not last.content.strip():
        raise PromptError(
            "the prompt is empty",
            expected="a question or an instruction",
            mend='vortex-tui chat -m "What is 37 + 58?"',
        )


def _refusal(tokens: int, room: Window) -> PromptError:
    return PromptError(
        f"the prompt is {tokens - room.limit} tokens too long",
        found=f"{tokens} tokens",
        expected=f"at most {room.limit} ({room.ctx_tokens} of context, {room.reserve} kept for the answer)",
        mend="shorten it, raise budget.ctx_tokens, or set budget.ctx_overflow_policy to "
        "drop_oldest or keep_tail",
    )


def _without_oldest(conversation: Conversation) -> Conversation:
    """Leave out the oldest exchange: a user's turn and the answers to it."""
    system = tuple(turn for turn in conversation[:1] if turn.role == "system")
    turns = conversation[len(system) :]
    start = next((i for i, turn in enumerate(turns) if i and turn.role == "user"), len(turns) - 1)
    return system + turns[start:]


def _is_short(conversation: Conversation) -> bool:
    return sum(turn.role != "system" for turn in conversation) <= 1


def _keep_tail(conversation: Conversation, encode: Encode, tail: Tail, limit: int) -> list[int]:
    last = conversation[-1]
    empty = encode((*conversation[:-1], last.model_copy(update={"content": ""})))
    keep = limit - len(empty)
    while keep > 0:
        cut = last.model_copy(update={"content": tail(last.content, keep)})
        ids = encode((*conversation[:-1], cut))
        if len(ids) <= limit:
            return ids
        keep -= len(ids) - limit
    return []


def fit(conversation: Conversation, room: Window, encode: Encode, tail: Tail) -> Fitted:
    """Encode a conversation within ``room``. Raises PromptError when it is empty or does not fit."""
    check(conversation)
    ids = encode(conversation)
    whole = len(ids)
    kept = conversation
    while len(ids) > room.limit and room.policy != "refuse" and not _is_short(kept):
        kept = _without_oldest(kept)
        ids = encode(kept)
    if len(ids) > room.limit and room.policy == "keep_tail":
        ids = _keep_tail(kept, encode, tail, room.limit)
    if not ids or len(ids) > room.limit:
        raise _refusal(len(encode(kept)), room)
    return Fitted(ids, len(conversation) - len(kept), whole - len(ids))
