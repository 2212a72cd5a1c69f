"""What is measured: the same prompt answered by the base, by one expert, by a mix, and as routed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Literal

from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import BARE, ROUTED, ChatMessage, Choice, Conversation, Named

Size = Literal["short", "medium", "long"]
# Tokens of a prompt, where they fit.
SIZES: Mapping[Size, int] = {"short": 32, "medium": 512, "long": 2048}

# A bank without exemplars, or no bank: any text will do to time a prefill.
PROSE = (
    "A list holds items in order.",
    "A dictionary finds a value by its key.",
    "A function takes arguments and returns a result.",
    "A loop repeats its body until there is nothing left to do.",
    "An exception says what went wrong and where.",
)
_TRIED_LINES = 8


@dataclass(frozen=True, slots=True)
class CaseSpec:
    """One kind of answer to measure.

    ``before`` answers something short first, so that the mix must change; ``follows`` puts an answered turn
    first, so that its K/V can be used again.
    """

    name: str
    title: str
    choice: Choice
    size: Size = "medium"
    before: Choice | None = None
    follows: bool = False


def specs(experts: Sequence[str], routed: bool, sizes: Mapping[Size, int]) -> tuple[CaseSpec, ...]:
    """The cases a bank allows; ``experts`` are ids, the one that is measured first."""
    made = [CaseSpec("base", "base", BARE)]
    if experts:
        made.append(CaseSpec("single", "one expert", Named(weights={experts[0]: 1.0})))
    if len(experts) > 1:
        made.append(CaseSpec("mix", "mix of two", _halves(experts[:2])))
    if routed:
        made.append(CaseSpec("routed", "routed", ROUTED))
    top = made[-1] if routed else made[0]
    made += [
        CaseSpec(f"{top.name}-{size}", f"{top.title}, {size}", top.choice, size)
        for size in sizes
        if size != "medium"
    ]
    if experts:
        made.append(_alternating(experts))
    made.append(CaseSpec("follow-up", "follow-up", BARE, follows=True))
    return tuple(made)


def _alternating(experts: Sequence[str]) -> CaseSpec:
    before: Choice = _halves(experts[:2]) if len(experts) > 1 else BARE
    return CaseSpec("alternating", "mix switched", _halves(experts[1:3] or experts), "short", before)


def _halves(experts: Sequence[str]) -> Named:
    return Named(weights={expert: 1 / len(experts) for expert in experts})


def fitting(ctx: int, answer: int) -> dict[Size, int]:
    """Tokens of the prompts of each size that a context of ``ctx`` has room for, beside an ``answer``.

    A size that does not fit is as long as can be; one that is no longer than a smaller one is left out.
    """
    # The template's own tokens, the line a prompt ends on, and the turn that a follow-up puts before it.
    room = max(8, ctx - 2 * answer - 64)
    found: dict[Size, int] = {}
    for size, tokens in SIZES.items():
        if not found or size == "medium" or min(tokens, room) > max(found.values()):
            found[size] = min(tokens, room)
    return found


def prompt(lines: Sequence[str], number: int) -> Conversation:
    """A conversation whose user asks ``lines``, one a turn.

    Its number comes first, so that no run can reuse another's K/V; the last line stands alone in its
    turn, so that the router sees an ordinary question.
    """
    turns = [ChatMessage(role="user", content=f"{number}.")]
    for line in lines:
        turns += [ChatMessage(role="assistant", content="OK."), ChatMessage(role="user", content=line)]
    return tuple(turns)


def after(asked: Conversation, answer: str, line: str) -> Conversation:
    """The conversation that goes on: ``asked``, its answer, and one more question."""
    said = ChatMessage(role="assistant", content=answer or "OK.")
    return (*asked, said, ChatMessage(role="user", content=line))


async def sized(engine: EngineAPI, lines: Sequence[str], tokens: int) -> tuple[str, ...]:
    """As many of ``lines``, repeated where needed, as make a prompt of about ``tokens``; one at least."""
    tried = tuple(islice(cycle(lines), _TRIED_LINES))
    per_line = await engine.count(prompt(tried, 0)) / _TRIED_LINES
    return tuple(islice(cycle(lines), max(1, int(tokens / per_line))))
