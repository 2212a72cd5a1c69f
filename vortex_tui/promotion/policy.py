"""What decides a promotion: the profile's thresholds, and what is fixed in the gates themselves."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from vortex_tui.evaluation.bootstrap import DRAWS, SEED
from vortex_tui.promotion.report import Record
from vortex_tui.settings import Profile, Promotion, Router

# Raise it when the same files could get another verdict: reports of other gates approve nothing any more.
GATES = 1


class Policy(Record):
    """Everything a verdict depends on besides what is measured.

    ``profile`` is its name; with it come the settings that decide which answers are compared: who is routed
    to, on which weights, after which words.
    ``thresholds`` are the profile's table ``promotion``. A prompt's outcome is not alone: fewer than
    ``min_clusters`` wordings of a domain prove nothing. ``blocks`` of four answers are timed, up to
    ``most_blocks`` while the verdict is open. Where nothing else can be compared with, an expert may cost
    ``first_slowdown`` of the base's speed.
    """

    gates: int = GATES
    profile: str = ""
    router: Router = Router()
    max_loaded: int = 0
    backend: str = ""
    quantization: str = ""
    kv_type: str = ""
    system_prompt: str = ""
    thresholds: Promotion = Promotion()
    without_baseline: bool = False
    min_clusters: int = 5
    blocks: int = 10
    most_blocks: int = 40
    warmup: int = 2
    new_tokens: int = 32
    prompt_tokens: int = 64
    first_slowdown: float = 0.7
    near_duplicate: float = 0.7
    seed: int = SEED
    draws: int = DRAWS

    def document(self) -> dict[str, Any]:
        """The same as plain values."""
        return self.model_dump(mode="json")

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON: keys in order, no spaces."""
        canonical = json.dumps(self.document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def of(profile: Profile) -> Policy:
    """The policy of a profile."""
    core, experts = profile.core, profile.experts
    return Policy(
        profile=profile.name,
        router=experts.router,
        max_loaded=experts.max_loaded,
        backend=core.backend,
        quantization=core.hf_quantization,
        kv_type=core.kv_type,
        system_prompt=core.system_prompt,
        thresholds=profile.promotion,
        without_baseline=profile.security.allow_promotion_without_baseline,
    )
