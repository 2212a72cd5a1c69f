"""What `router fit` leaves: heads, calibration, thresholds, and the hashes of what they were fitted on."""

from __future__ import annotations

import math
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vortex_tui import atomic
from vortex_tui.routing.head import Head, Part

SCHEMA = 1
SHIPPED, FILE = Path(__file__).parent / "shipped", "fit.json"


class Fitted(BaseModel):
    """One part of a router: its head, and the probabilities it gave where experts should stay out.

    ``stay_out``: that some expert should answer, descending, of prompts in groups (those that the base
    answers, those that nobody serves), none of which the head was fitted on. ``sure``: from this probability
    of one expert on it hardly ever was wrong; above 1 when it never was so sure.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    head: Head
    stay_out: dict[str, tuple[float, ...]]
    sure: float = Field(gt=0.0)

    def threshold(self, max_harm: float) -> float:
        """What experts must exceed so that at most ``max_harm`` of such prompts get one.

        Conformal risk control (Angelopoulos et al., arXiv 2208.02814): of n prompts at most
        ``max_harm`` x (n + 1) - 1 may be above it. 1, which none exceeds, where n is too small to promise it.
        """
        seen = sorted(chain.from_iterable(self.stay_out.values()), reverse=True)
        allowed = math.floor(max_harm * (len(seen) + 1)) - 1
        if allowed < 0:
            return 1.0
        return seen[allowed] if allowed < len(seen) else 0.0


class Fit(BaseModel):
    """A fit of one bank under one encoder. ``bank`` is the digest of its experts' exemplars.

    ``success``: of prompts that called for an expert, the share on which it did beat the base.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: int = SCHEMA
    created: str
    encoder: str
    bank: str
    cases: str
    parts: dict[Part, Fitted]
    temperature: float = Field(1.0, gt=0.0)
    base_prompts: tuple[str, ...] = ()
    success: dict[str, float] = {}
    measured: dict[str, Any] = {}

    def success_of(self, expert: str) -> float:
        """How often an expert that is called for beats the base; of one that is new, like the others."""
        return self.success.get(expert, self._usual)

    @cached_property
    def _usual(self) -> float:
        return sum(self.success.values()) / len(self.success) if self.success else 1.0


@cache
def shipped() -> Fit:
    """The fit in the box, of nano's bank under nano's encoder: its heads serve where there is no other."""
    return Fit.model_validate_json((SHIPPED / FILE).read_bytes())


def read(file: Path) -> Fit | None:
    """The fit in ``file``; nothing when it is absent, damaged or of another schema: it can be made again."""
    try:
        found = Fit.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.schema_version == SCHEMA else None


def file_of(data_dir: Path, encoder: str) -> Path:
    """Where the user's fit under an encoder is, by the encoder's digest."""
    return data_dir / "router" / f"{encoder[:32] or 'lexical'}.json"


def write(fit: Fit, file: Path) -> None:
    """Write a fit. Raises StorageError."""
    atomic.write_json(file, fit.model_dump(mode="json"))
