"""A prompt fits, is cut as the policy says, or is refused by how much it is too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.engine import context
from vortex_tui.engine.protocol import ChatMessage, Conversation
from vortex_tui.errors import PromptError

# One token a word and two for each turn's frame: enough to be a template.
words = st.integers(1, 40)


def encode(conversation: Conversation) -> list[int]:
    return [0 for turn in conversation for _ in range(2 + len(turn.content.split()))]


def tail(text: str, tokens: int) -> str:
    return " ".join(text.split()[-tokens:])


def said(*lengths: int, system: int = 0) -> Conversation:
    turns = [
        ChatMessage(
            role="assistant" if n % 2 else "user", content=" ".join(f"t{n}w{i}" for i in range(length))
        )
        for n, length in enumerate(lengths)
    ]
    first = [ChatMessage(role="system", content=" ".join(["s"] * system))] if system else []
    return (*first, *turns)


odd_turns = st.lists(words, min_size=1, max_size=9).filter(lambda lengths: len(lengths) % 2 == 1)


@given(odd_turns, st.integers(16, 120), st.sampled_from(["refuse", "drop_oldest", "keep_tail"]))
def test_what_is_returned_fits_and_what_is_dropped_is_counted(
    lengths: list[int], ctx: int, policy: context.Policy
) -> None:
    room = context.window(ctx, 32, policy)
    conversation = said(*lengths)
    whole = len(encode(conversation))
    shortest = {"refuse": whole, "drop_oldest": 2 + lengths[-1], "keep_tail": 0}[policy]
    if min(whole, shortest) > room.limit:
        with pytest.raises(PromptError) as refusal:
            context.fit(conversation, room, encode, tail)
        assert str(room.limit) in refusal.value.expected
        return
    fitted = context.fit(conversation, room, encode, tail)
    assert 0 < len(fitted.ids) <= room.limit
    assert len(fitted.ids) + fitted.dropped_tokens == whole
    assert (fitted.dropped_tokens == 0) == (whole <= room.limit)


def test_the_refusal_says_by_how_much() -> None:
    room = context.window(20, 4, "refuse")
    with pytest.raises(PromptError, match="6 tokens too long") as refusal:
        context.fit(said(20), room, encode, tail)
    assert refusal.value.found == "22 tokens"
    assert "16" in refusal.value.expected
    assert "drop_oldest" in refusal.value.mend


def test_the_oldest_exchange_goes_first_and_the_system_prompt_stays() -> None:
    room = context.window(32, 4, "drop_oldest")
    fitted = context.fit(said(10, 10, 6, 6, 6, system=2), room, encode, tail)
    assert (fitted.dropped_turns, len(fitted.ids)) == (2, 4 + 8 + 8 + 8)


def test_a_last_question_that_is_too_long_alone_is_refused_by_drop_oldest() -> None:
    with pytest.raises(PromptError, match="too long"):
        context.fit(said(5, 5, 40), context.window(32, 4, "drop_oldest"), encode, tail)


def test_keep_tail_keeps_the_end_of_the_question() -> None:
    kept: list[str] = []

    def remember(conversation: Conversation) -> list[int]:
        kept.append(conversation[-1].content)
        return encode(conversation)

    fitted = context.fit(said(40), context.window(32, 4, "keep_tail"), remember, tail)
    assert len(fitted.ids) == 28
    assert kept[-1].split() == [f"t0w{i}" for i in range(14, 40)]


def test_no_more_than_a_quarter_is_kept_for_the_answer() -> None:
    assert context.window(400, 10_000, "refuse").limit == 300
    assert context.window(400, 8, "refuse").limit == 392


@pytest.mark.parametrize("bad", [(), said(3, 3), (ChatMessage(role="user", content=" \n\t"),)])
def test_a_conversation_must_end_with_a_question(bad: Conversation) -> None:
    with pytest.raises(PromptError, match="the prompt is empty"):
        context.fit(bad, context.window(100, 10, "refuse"), encode, tail)
