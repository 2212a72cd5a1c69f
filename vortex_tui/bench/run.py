"""The bench from plan to report, on an engine that is loaded already."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from vortex_tui.bench import host
from vortex_tui.bench.cases import PROSE, sized, specs
from vortex_tui.bench.figures import figures, headline, not_applicable, to_case
from vortex_tui.bench.measure import Say, rehearse, rounds
from vortex_tui.bench.report import BenchReport, Model, Settings
from vortex_tui.engine.api import EngineAPI, sampling_of
from vortex_tui.engine.protocol import ExpertInfo, Ready, Sampling
from vortex_tui.profile import Profile

WARMUP_RUNS = 1
_LONGEST_PROMPT = 256
_SHORTEST_PROMPT = 8
_TEMPLATE_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: a profile, its experts' exemplars by id, how often and how long."""

    profile: Profile
    bank: Mapping[str, Sequence[str]]
    runs: int = 5
    max_new_tokens: int = 32
    mock: bool = False

    @property
    def sampling(self) -> Sampling:
        """Greedy and of one length, whatever an expert would say: every run does the same work."""
        length = {"min_new_tokens": self.max_new_tokens, "max_new_tokens": self.max_new_tokens}
        changed = {"temperature": 0.0, **length}
        return sampling_of(self.profile.decode).model_copy(update=changed)

    def settings(self, headline: str) -> Settings:
        """The same for the report, with the case that stands at its top."""
        return Settings(
            runs=self.runs,
            warmup_runs=WARMUP_RUNS,
            max_new_tokens=self.max_new_tokens,
            headline=headline,
        )

    def prompt_tokens(self, ctx: int) -> int:
        """Half of a context of ``ctx`` tokens at most, with room for the answer."""
        room = ctx - self.max_new_tokens - _TEMPLATE_TOKENS
        return max(_SHORTEST_PROMPT, min(_LONGEST_PROMPT, ctx // 2, room))

    def usable(self, infos: Sequence[ExpertInfo]) -> dict[str, Sequence[str]]:
        """The exemplars of the experts that the engine accepts, as many as may be resident."""
        accepted = (info.id for info in infos if not info.problem and self.bank.get(info.id))
        kept = islice(accepted, self.profile.experts.max_loaded)
        return {expert: self.bank[expert] for expert in kept}


async def bench(
    engine: EngineAPI, ready: Ready, plan: Plan, say: Say = lambda _title, _share: None
) -> BenchReport:
    """Measure; ``say`` hears what is being measured and how much is done. Raises VortexError."""
    start = time.monotonic()
    infos = await engine.experts()
    bank = plan.usable(infos)
    absent = not_applicable(ready.device, [info for info in infos if info.id in bank])
    tokens = plan.prompt_tokens(ready.ctx_tokens)
    loads = await rehearse(engine, bank, plan.sampling, tokens)
    chosen = specs(list(bank), routed=bool(bank))
    text = await sized(engine, next(iter(bank.values()), PROSE), tokens)
    kept = await rounds(engine, chosen, text, plan.sampling, (WARMUP_RUNS, plan.runs), say)
    cases = tuple(to_case(case, kept[case.name]) for case in chosen)
    top = headline(cases)
    return BenchReport(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=plan.profile.name,
        mock=plan.mock,
        backend=ready.backend,
        **figures(top, loads, await engine.stats(), absent),
        active_adapters=top.adapters,
        not_applicable=absent,
        cases=cases,
        settings=plan.settings(top.name),
        model=_model(ready),
        host=host.host(),
        versions=host.versions(),
        seconds=round(time.monotonic() - start, 2),
    )


def _model(ready: Ready) -> Model:
    return Model(
        name=ready.model,
        fingerprint=ready.fingerprint,
        quantization=ready.quantization,
        device=ready.device,
        ctx_tokens=ready.ctx_tokens,
        load_ms=ready.load_ms,
        notes=ready.notes,
    )
