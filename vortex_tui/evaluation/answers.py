"""Answers and losses of (case, mix) pairs, each measured once whoever asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import ChatMessage, Conversation, Done, Sampling, ScoreItem
from vortex_tui.errors import CancelledError
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.roster import choice
from vortex_tui.evaluation.store import Store
from vortex_tui.experts.mix import Mix

Say = Callable[[str, float], None]
Measure = Literal["text", "loss"]
# Larger batches gain nothing on two cores (nano: 12 ms an answer at 16, 8 at 32, 9 at 64).
_BATCH = 32
# An answer longer than every right one of its group is wrong already. Few limits: groups share batches.
LIMITS = (8, 16, 32, 64)
_LONGEST_COUNTED = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """One measurement: a case under a mix, its answer's text or the loss of the right answer."""

    case: Case
    mix: Mix
    measure: Measure


def conversation(prompt: str) -> Conversation:
    """A prompt as the user's only turn."""
    return (ChatMessage(role="user", content=prompt),)


async def limits(engine: EngineAPI, cases: Iterable[Case]) -> dict[str, int]:
    """Tokens that an answer may have, by group: the longest right one's and its template's, at most 64."""
    found: dict[str, int] = {}
    for group, answers in _by_group(cases).items():
        longest = sorted(answers, key=lambda text: (-len(text.encode()), text))[:_LONGEST_COUNTED]
        needed = max([await engine.count(conversation(text)) for text in longest])
        found[group] = next((limit for limit in LIMITS if limit >= needed), LIMITS[-1])
    return found


def _by_group(cases: Iterable[Case]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for case in cases:
        if case.answer:
            groups.setdefault(case.group, set()).add(case.answer)
    return groups


class Answers:
    """Measures what the store does not hold yet; afterwards every asked pair can be looked up."""

    def __init__(self, engine: EngineAPI, store: Store, limits: Mapping[str, int]) -> None:
        self._engine = engine
        self._store = store
        self._limits = limits

    def text(self, case: Case, mix: Mix) -> str:
        """The greedy answer. Raises KeyError when it was not measured."""
        return str(self._store[self._key(Pair(case, mix, "text"))])

    def right(self, case: Case, mix: Mix) -> bool:
        """Whether the answer is the right one, surrounding space aside."""
        return self.text(case, mix).strip() == case.answer.strip()

    def loss(self, case: Case, mix: Mix) -> float:
        """Mean loss (nats) of the right answer's tokens. Raises KeyError when it was not measured."""
        return float(self._store[self._key(Pair(case, mix, "loss"))])

    async def measure(self, pairs: Iterable[Pair], stage: str, say: Say) -> int:
        """Measure ``pairs``, a batch at a time; returns how many were not known yet. Raises VortexError."""
        by_key = {self._key(pair): pair for pair in pairs}
        missing = [pair for key, pair in by_key.items() if key not in self._store]
        done = 0
        for batch in _batches(missing, self._limits):
            say(f"{stage}: {done} of {len(missing)}", done / len(missing))
            results = await (self._texts(batch) if batch[0].measure == "text" else self._losses(batch))
            self._store.add({self._key(pair): result for pair, result in zip(batch, results, strict=True)})
            done += len(batch)
        return len(missing)

    def _key(self, pair: Pair) -> str:
        """An answer depends on its prompt, mix and limit; a loss on the right answer besides."""
        if pair.measure == "text":
            return f"text:{self._limits[pair.case.group]}:{_digest(pair.case.prompt)}:{pair.mix.hash[:24]}"
        return f"loss:{_digest(pair.case.prompt, pair.case.answer)}:{pair.mix.hash[:24]}"

    async def _texts(self, batch: Sequence[Pair]) -> list[str]:
        sampling = Sampling(max_new_tokens=self._limits[batch[0].case.group], temperature=0.0)
        asked = [conversation(pair.case.prompt) for pair in batch]
        texts = [""] * len(batch)
        async for event in self._engine.generate(asked, sampling, choice(batch[0].mix)):
            if isinstance(event, Done):
                if event.finish_reason == "cancelled":
                    raise CancelledError("the evaluation's answers were cancelled")
                texts[event.index] = event.text
        return texts

    async def _losses(self, batch: Sequence[Pair]) -> list[float]:
        items = [
            ScoreItem(conversation=conversation(pair.case.prompt), answer=pair.case.answer) for pair in batch
        ]
        return list(await self._engine.score(items, choice(batch[0].mix)))


def _digest(*texts: str) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(len(text).to_bytes(8, "little") + text.encode())
    return digest.hexdigest()[:24]


def _batches(pairs: Sequence[Pair], limits: Mapping[str, int]) -> Iterator[list[Pair]]:
    """Batches of one mix and one limit; mixes that share experts follow each other, so few are switched."""

    def together(pair: Pair) -> tuple[tuple[str, ...], str, str, int]:
        experts = tuple(sorted(part.expert for part in pair.mix.parts))
        limit = limits[pair.case.group] if pair.measure == "text" else 0
        return experts, pair.mix.hash, pair.measure, limit

    def within(pair: Pair) -> tuple[int, str]:  # neighbours in length share a batch with little padding
        return len(pair.case.prompt) + len(pair.case.answer) * (pair.measure == "loss"), pair.case.id

    ordered = sorted(pairs, key=lambda pair: (together(pair), within(pair)))
    for _, same in groupby(ordered, key=together):
        rows = list(same)
        for start in range(0, len(rows), _BATCH):
            yield rows[start : start + _BATCH]
