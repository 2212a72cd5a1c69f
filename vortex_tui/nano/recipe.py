"""The recipes' settings: sizes, steps, seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace

# Steps of 2,048 tokens; what is harder to learn is trained longer.
_RELEASE_EXPERTS = {
    "arithmetic": 700, "hours": 600, "units": 600, "roman": 150, "words": 200, "iso": 200, "dates": 200,
    "json": 950, "sql": 700, "shell": 700, "regex": 700, "case": 400, "code": 120, "docs": 120,
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what comes out, apart from library versions."""

    name: str
    context: int
    experts: tuple[tuple[str, int], ...]  # domain, steps
    seed: int = 1
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 64
    intermediate: int = 768
    sequence: int = 512
    long_sequence: int = 1024
    batch_tokens: int = 4096
    pretrain_steps: int = 850
    finish_share: float = 0.1
    drill_steps: int = 300
    practice_steps: int = 1500
    practice_rate: float = 1.5e-3
    school_steps: int = 0
    school_rate: float = 1.2e-3
    school_tokens: int = 2_500_000
    stretch_steps: int = 0
    stretch_rate: float = 8e-4
    learning_rate: float = 3e-3
    muon_rate: float = 0.02
    rank: int = 16
    alpha: int = 32
    expert_tokens: int = 2048
    short_width: int = 256
    long_width: int = 512
    expert_rate: float = 2e-3
    evaluated: int = 320

    def scaled(self, factor: float) -> Recipe:
        """Return the recipe with `factor` times the steps."""
        names = ("pretrain_steps", "drill_steps", "practice_steps", "school_steps", "stretch_steps")
        stages = {name: _scale(getattr(self, name), factor) for name in names}
        experts = tuple((domain, _scale(steps, factor)) for domain, steps in self.experts)
        tokens = max(100_000, min(self.school_tokens, round(self.school_tokens * factor)))
        return replace(self, experts=experts, school_tokens=tokens, **stages)  # type: ignore[arg-type]  # each is a number of steps

    @property
    def base_settings(self) -> Recipe:
        """The recipe without what the base does not depend on."""
        return replace(self, experts=(), evaluated=0)

    @property
    def adapter_settings(self) -> tuple[float, ...]:
        """What every adapter depends on, beside its base and its own steps."""
        shape = (self.rank, self.alpha, self.expert_tokens, self.short_width, self.long_width)
        return (self.seed, self.expert_rate, *shape)


def _scale(steps: int, factor: float) -> int:
    """At least two steps, unless there were none."""
    return max(2, round(steps * factor)) if steps else 0


RELEASE = Recipe("release", 4096, tuple(_RELEASE_EXPERTS.items()), school_steps=3000, stretch_steps=600)
QUICK = Recipe("quick", 1024, (("arithmetic", 820), ("units", 720), ("sql", 350), ("roman", 200)))
