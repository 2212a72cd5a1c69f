"""The recipe's settings: sizes, steps, seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what comes out, apart from library versions."""

    name: str = "quick"
    seed: int = 1
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 64
    intermediate: int = 768
    sequence: int = 512
    context: int = 1024
    batch_tokens: int = 4096
    pretrain_steps: int = 850
    finish_share: float = 0.1
    drill_steps: int = 300
    practice_steps: int = 1500
    practice_rate: float = 1.5e-3
    learning_rate: float = 3e-3
    muon_rate: float = 0.02
    rank: int = 16
    alpha: int = 32
    expert_batch: int = 64
    expert_rate: float = 2e-3
    arithmetic_steps: int = 820
    units_steps: int = 720
    sql_steps: int = 350
    roman_steps: int = 200
    evaluated: int = 200

    def scaled(self, factor: float) -> Recipe:
        """Return the recipe with `factor` times the steps."""
        names = (
            "pretrain_steps",
            "drill_steps",
            "practice_steps",
            "arithmetic_steps",
            "units_steps",
            "sql_steps",
            "roman_steps",
        )
        return replace(self, **{name: max(2, round(getattr(self, name) * factor)) for name in names})

    def expert_steps(self, domain: str) -> int:
        """Return how long the expert of `domain` is trained."""
        steps: int = getattr(self, f"{domain}_steps")
        return steps


QUICK = Recipe()
