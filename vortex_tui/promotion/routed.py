"""What the router decides for each prompt without the candidate and with it, kept like answers are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, FiniteFloat

from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import Ready, RoutedMix
from vortex_tui.evaluation.answers import Say, conversation
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.routes import code_hash
from vortex_tui.evaluation.store import Store
from vortex_tui.experts import mix
from vortex_tui.experts.mix import Mix, MixPart
from vortex_tui.promotion.candidate import Candidate
from vortex_tui.settings import Router

_BATCH = 32


class Decided(BaseModel):
    """One decision: (expert, content hash, weight) of each part, and how surely an expert was called for."""

    model_config = ConfigDict(frozen=True)

    parts: tuple[tuple[str, str, FiniteFloat], ...]
    called_for: FiniteFloat

    @property
    def mix(self) -> Mix:
        """The mix it asks for."""
        return mix.make(MixPart(*part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Both:
    """The same prompt before and after."""

    before: Decided
    after: Decided


def _decided(routed: RoutedMix) -> Decided:
    parts = tuple((share.expert, share.content_hash, share.weight) for share in routed.mix)
    return Decided(parts=parts, called_for=routed.called_for)


class Decisions:
    """Asks the engine for decisions that the store does not hold yet."""

    def __init__(
        self, engine: EngineAPI, store: Store, ready: Ready, router: Router, candidate: Candidate
    ) -> None:
        self._engine = engine
        self._store = store
        self._code = f"{code_hash(ready.router)}:{router.model_dump_json()}"
        self._candidate = f"{candidate.card.digest}:{candidate.manifest.content_hash}"

    async def both(self, cases: Sequence[Case], say: Say) -> dict[str, Both]:
        """Decisions by case id. Raises VortexError."""
        before = await self._decide(cases, "routing without it", say, on_trial=False)
        after = await self._decide(cases, "routing with it", say, on_trial=True)
        return {case.id: Both(before[case.id], after[case.id]) for case in cases}

    async def _decide(
        self, cases: Sequence[Case], stage: str, say: Say, *, on_trial: bool
    ) -> dict[str, Decided]:
        keys = {case.id: self._key(case, on_trial=on_trial) for case in cases}
        missing = [case for case in cases if keys[case.id] not in self._store]
        for start in range(0, len(missing), _BATCH):
            say(f"{stage}: {start} of {len(missing)}", start / len(missing))
            batch = missing[start : start + _BATCH]
            asked = [conversation(case.prompt) for case in batch]
            routed = await self._engine.route(asked, on_trial=on_trial)
            rows = zip(batch, map(_decided, routed), strict=True)
            self._store.add({keys[case.id]: one.model_dump(mode="json") for case, one in rows})
        return {name: Decided.model_validate(self._store[key]) for name, key in keys.items()}

    def _key(self, case: Case, *, on_trial: bool) -> str:
        named = f"{self._code}:{self._candidate if on_trial else ''}:{case.prompt}"
        return f"gate:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
