"""What is measured: the same prompt answered by the base, by one expert, by a mix, and as routed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import BARE, ROUTED, ChatMessage, Choice, Conversation, Named

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
    """One kind of answer to measure."""

    name: str
    title: str
    choice: Choice


def specs(experts: Sequence[str], routed: bool) -> tuple[CaseSpec, ...]:
    """The cases a bank allows; ``experts`` are ids, the one that is measured first."""
    made = [CaseSpec("base", "base", BARE)]
    if experts:
        made.append(CaseSpec("single", "one expert", Named(weights={experts[0]: 1.0})))
    if len(experts) > 1:
        halves = {experts[0]: 0.5, experts[1]: 0.5}
        made.append(CaseSpec("mix", "mix of two", Named(weights=halves)))
    if routed:
        made.append(CaseSpec("routed", "routed", ROUTED))
    return tuple(made)


def prompt(lines: Sequence[str], number: int) -> Conversation:
    """A conversation whose user asks ``lines``, one a turn.

    Its number comes first, so that no run can reuse another's K/V; the last line stands alone in its
    turn, so that the router sees an ordinary question.
    """
    turns = [ChatMessage(role="user", content=f"{number}.")]
    for line in lines:
        turns += [ChatMessage(role="assistant", content="OK."), ChatMessage(role="user", content=line)]
    return tuple(turns)


async def sized(engine: EngineAPI, lines: Sequence[str], tokens: int) -> tuple[str, ...]:
    """As many of ``lines``, repeated where needed, as make a prompt of about ``tokens``; one at least."""
    tried = tuple(islice(cycle(lines), _TRIED_LINES))
    per_line = await engine.count(prompt(tried, 0)) / _TRIED_LINES
    return tuple(islice(cycle(lines), max(1, int(tokens / per_line))))
