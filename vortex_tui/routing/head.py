"""The head that all experts share: from features to the probability that an expert beats the base.

A conditional logit (McFadden, 1974) over the candidates of a prompt, the base among them: an expert's
utility is a weighted sum of its features, the base's one of its own with other weights. It knows no
expert by name, so that a new one needs no retraining.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from vortex_tui.routing.classes import Floats

Doubles = npt.NDArray[np.float64]
Part = Literal["hybrid", "lexical", "dense"]


class Head(BaseModel):
    """Weights of standardised features; ``slope`` and ``shift`` calibrate the utilities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    expert: tuple[float, ...]
    base: tuple[float, ...]
    bias: float
    slope: float = Field(1.0, gt=0.0)
    shift: float = 0.0

    def utilities(self, features: Floats) -> Floats:
        """Of each candidate, the base's last, from features (..., candidates, features)."""
        standard = (features - np.array(self.mean, np.float32)) / np.array(self.scale, np.float32)
        found: Floats = np.matmul(standard, np.array(self.expert, np.float32)).astype(np.float32)
        found[..., -1] = standard[..., -1, :] @ np.array(self.base, np.float32) + self.bias
        found *= self.slope
        found[..., -1] += self.shift
        return found

    def probabilities(self, features: Floats) -> Floats:
        """That each candidate is the one to answer, the base's last; they sum to 1."""
        utilities: Doubles = self.utilities(features).astype(np.float64)
        utilities -= utilities.max(axis=-1, keepdims=True)
        powers: Doubles = np.exp(utilities)
        shares: Floats = (powers / powers.sum(axis=-1)[..., None]).astype(np.float32)
        return shares
