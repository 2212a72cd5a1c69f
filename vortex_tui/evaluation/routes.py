"""What each router decides for each prompt, kept like answers are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import vortex_tui
from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import RoutedMix
from vortex_tui.evaluation.answers import Say, conversation
from vortex_tui.evaluation.case import Case
from vortex_tui.evaluation.store import Store
from vortex_tui.settings import ROUTER_MODES, Router, foreign_modes

_BATCH = 32
_BASE = "base"


class Decided(BaseModel):
    """A router's decision: experts with weights (none: the base), all experts best first, and its cost.

    ``probability`` is what the router gives its best expert, chosen or not. Times in milliseconds.
    """

    model_config = ConfigDict(frozen=True)

    mix: tuple[tuple[str, float], ...]
    ranked: tuple[str, ...]
    probability: float
    router_ms: float
    encoder_ms: float


def modes() -> tuple[str, ...]:
    """Every mode that decides by the prompt."""
    return tuple(name for name in (*ROUTER_MODES, *foreign_modes()) if name not in ("manual", "off"))


def _decided(routed: RoutedMix) -> Decided:
    experts = [candidate for candidate in routed.candidates if candidate.expert != _BASE]
    return Decided(
        mix=tuple((share.expert, share.weight) for share in routed.mix),
        ranked=tuple(candidate.expert for candidate in experts),
        probability=experts[0].score if experts else 0.0,
        router_ms=routed.router_ms,
        encoder_ms=routed.encoder_ms,
    )


def code_hash(router: str) -> str:
    """What a decision depends on besides prompt and settings: the worker's word for its router, and our code.

    The router's source counts, so that a router that was worked on is never judged by old decisions.
    """
    found = hashlib.sha256(router.encode())
    for file in sorted((Path(vortex_tui.__file__).parent / "routing").rglob("*.py")):
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


class Routes:
    """Asks the engine for decisions that the store does not hold yet."""

    def __init__(self, engine: EngineAPI, store: Store, code: str) -> None:
        self._engine = engine
        self._store = store
        self._code = code

    async def decide(self, router: Router, cases: Sequence[Case], stage: str, say: Say) -> dict[str, Decided]:
        """Decisions by case id. Raises ProfileError for a router that this backend cannot have."""
        keys = {case.id: self._key(router, case) for case in cases}
        missing = [case for case in cases if keys[case.id] not in self._store]
        for start in range(0, len(missing), _BATCH):
            say(f"{stage}: {start} of {len(missing)}", start / len(missing))
            batch = missing[start : start + _BATCH]
            routed = await self._engine.route([conversation(case.prompt) for case in batch], router)
            self._store.add(
                {
                    keys[case.id]: _decided(one).model_dump(mode="json")
                    for case, one in zip(batch, routed, strict=True)
                }
            )
        return {name: Decided.model_validate(self._store[key]) for name, key in keys.items()}

    def _key(self, router: Router, case: Case) -> str:
        named = f"{self._code}:{router.model_dump_json()}:{case.prompt}"
        return f"route:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
