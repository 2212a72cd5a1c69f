"""What a bench is asked to measure, how often, and what it is held against."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from vortex_tui.bench.baseline import Baselines, Key
from vortex_tui.bench.cases import Size
from vortex_tui.bench.judge import Reference
from vortex_tui.bench.report import Settings
from vortex_tui.engine.api import sampling_of
from vortex_tui.engine.protocol import ExpertInfo, Ready, Sampling
from vortex_tui.profile import Profile

# Raise it when the same bench would measure something else: older baselines are not compared any more.
SUITE = 1
WARMUP_RUNS = 1
# What later benches are held against may not be the noisier side.
BASELINE_RUNS = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: a profile, its experts' exemplars by id, how often and how long.

    With ``baselines`` the profile's thresholds are judged, and rounds are added up to ``most_runs`` while the
    verdict is open; without, nothing is judged.
    """

    profile: Profile
    bank: Mapping[str, Sequence[str]]
    runs: int = 5
    max_new_tokens: int = 32
    mock: bool = False
    most_runs: int = 20
    baselines: Baselines | None = None

    @property
    def sampling(self) -> Sampling:
        """Greedy and of one length, whatever an expert would say: every run does the same work."""
        length = {"min_new_tokens": self.max_new_tokens, "max_new_tokens": self.max_new_tokens}
        changed = {"temperature": 0.0, **length}
        return sampling_of(self.profile.decode).model_copy(update=changed)

    @property
    def profile_hash(self) -> str:
        """SHA-256 (hex) of every key of the profile, as it was run."""
        keys = json.dumps(self.profile.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(keys.encode()).hexdigest()

    def settings(self, runs: int, sizes: Mapping[Size, int], headline: str) -> Settings:
        """The same for the report: ``runs`` that were measured, the prompts' sizes, the case at its top."""
        return Settings(
            runs=runs,
            warmup_runs=WARMUP_RUNS,
            max_new_tokens=self.max_new_tokens,
            prompt_tokens=dict(sizes),
            headline=headline,
        )

    def usable(self, infos: Sequence[ExpertInfo]) -> dict[str, Sequence[str]]:
        """The exemplars of the experts that the engine accepts, as many as may be resident."""
        accepted = (info.id for info in infos if not info.problem and self.bank.get(info.id))
        kept = islice(accepted, self.profile.experts.max_loaded)
        return {expert: self.bank[expert] for expert in kept}

    def key(self, ready: Ready, host: str, headline: str, prompt_tokens: int) -> Key:
        """What a baseline of this bench is found by; ``host`` is the machine's fingerprint."""
        return Key(
            profile=self.profile.name,
            mock=self.mock,
            host=host,
            model=ready.fingerprint,
            backend=ready.backend,
            quantization=ready.quantization,
            device=ready.device,
            headline=headline,
            prompt_tokens=prompt_tokens,
            max_new_tokens=self.max_new_tokens,
            suite=SUITE,
        )

    def reference(self, key: Key) -> Reference:
        """The baseline of ``key``, or why there is none."""
        baselines = self.baselines or Baselines()
        entry = baselines.find(key)
        if entry is None:
            return Reference(absence=baselines.absence(key))
        return Reference(entry.tokens_per_sec, entry.created)
