"""An engine whose answers are in its prompts: ``+name`` is who gets one right."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from vortex_tui.engine.protocol import Choice, Conversation, Done, Named, Sampling, ScoreItem
from vortex_tui.evaluation.roster import Roster

EXPERTS = tuple(f"e{number}/1" for number in range(1, 9))
ROSTER = Roster({name: name[1] * 64 for name in EXPERTS}, {name.partition("/")[0]: name for name in EXPERTS})


def weights(choice: Choice) -> dict[str, float]:
    """Domains with their weights; the base's is 1 when it is alone."""
    named = choice.weights if isinstance(choice, Named) else {"base/": 1.0}
    return {name.partition("/")[0]: weight for name, weight in named.items()}


class Scripted:
    """``asked`` counts answers and losses. A loss is 2, less the weight of whom the prompt names."""

    def __init__(self) -> None:
        self.asked = 0

    async def generate(
        self,
        conversations: Sequence[Conversation],
        sampling: Sampling,  # noqa: ARG002
        choice: Choice,
    ) -> AsyncIterator[Done]:
        self.asked += len(conversations)
        for index, (message,) in enumerate(conversations):
            good = any(name in message.content.split("+") for name in weights(choice))
            yield Done(
                id=1, index=index, text="yes" if good else "no", finish_reason="stop", prompt_tokens=1,
                completion_tokens=1, ttft_ms=1, prefill_tokens_per_sec=1, decode_tokens_per_sec=1,
                tokens_per_sec=1,
            )  # fmt: skip

    async def score(self, items: Sequence[ScoreItem], choice: Choice) -> tuple[float, ...]:
        self.asked += len(items)
        said = [item.conversation[0].content.split("+") for item in items]
        return tuple(2.0 - sum(w for name, w in weights(choice).items() if name in names) for names in said)
