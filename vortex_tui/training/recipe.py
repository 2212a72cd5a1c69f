"""How a training goes: sizes, steps, rates; what is not said follows from the size of the base."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from vortex_tui.escape import one_line
from vortex_tui.training.refusal import TrainingError

Count = Annotated[int, Field(gt=0, le=2**31 - 1)]
_MIL = 1_000_000


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Recipe(_Closed):
    """Everything that decides what comes out, beside base and data.

    ``batch_tokens`` are those of one step; ``length`` is how many tokens a row of packed examples, and so
    an example, may have; ``rows`` are read at once, the rest of a step one after the other.
    """

    rank: Count
    alpha: Count
    rate: Annotated[float, Field(gt=0.0, le=1.0)]
    epochs: Annotated[float, Field(gt=0.0, le=10_000.0)]
    least_steps: Count
    most_steps: Count
    batch_tokens: Count
    length: Annotated[int, Field(ge=16, le=2**20)]
    rows: Count
    warmup: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.05
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    checkpoint_steps: Count = 25
    patience: Count = 4
    packing: bool = True
    gradient_checkpointing: bool = False

    @property
    def rows_a_step(self) -> int:
        """Rows of one step, a whole number of times ``rows``."""
        return max(1, round(self.batch_tokens / self.length / self.rows)) * self.rows

    def steps(self, rows: int) -> int:
        """How many steps for a corpus that fills so many rows."""
        return max(self.least_steps, min(self.most_steps, round(self.epochs * rows / self.rows_a_step)))


class Change(_Closed):
    """What a person says of a recipe; None is what the size of the base gives. ``steps`` is exact."""

    rank: Count | None = None
    rate: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    epochs: Annotated[float, Field(gt=0.0, le=10_000.0)] | None = None
    steps: Count | None = None
    length: Annotated[int, Field(ge=16, le=2**20)] | None = None
    rows: Count | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    checkpoint_steps: Count | None = None
    packing: bool | None = None
    gradient_checkpointing: bool | None = None


# Up to so many parameters of the base; measured on nano, the others as is usual for LoRA on such bases.
_TINY = Recipe(
    rank=16, alpha=32, rate=3e-3, epochs=6.0, least_steps=60, most_steps=160, batch_tokens=1024, length=256,
    rows=4, checkpoint_steps=20,
)  # fmt: skip
_SMALL = Recipe(
    rank=16, alpha=32, rate=5e-4, epochs=4.0, least_steps=30, most_steps=1000, batch_tokens=8192, length=512,
    rows=4, checkpoint_steps=50,
)  # fmt: skip
_LARGE = Recipe(
    rank=16, alpha=32, rate=2e-4, epochs=3.0, least_steps=20, most_steps=2000, batch_tokens=16384,
    length=1024, rows=1, gradient_checkpointing=True,
)  # fmt: skip
_BY_SIZE = ((50 * _MIL, _TINY), (1000 * _MIL, _SMALL))


def choose(parameters: int, context: int, change: Change) -> Recipe:
    """The recipe for a base of so many parameters and tokens of context. Raises TrainingError."""
    recipe = next((one for most, one in _BY_SIZE if parameters <= most), _LARGE)
    said = change.model_dump(exclude_none=True)
    if (steps := said.pop("steps", None)) is not None:
        said |= {"least_steps": steps, "most_steps": steps}
    if "rank" in said:
        said["alpha"] = 2 * said["rank"]
    made = recipe.model_copy(update=said)
    if context and made.length > context:
        if change.length is not None:
            raise _too_long(change.length, context)
        made = made.model_copy(update={"length": context})
    rows = max(1, made.batch_tokens // made.length)
    return made.model_copy(update={"rows": min(made.rows, rows)})


def _too_long(length: int, context: int) -> TrainingError:
    return TrainingError(
        "the rows are longer than the base can read",
        found=f"{length} tokens",
        expected=f"at most {context}",
        mend=one_line(f"--length {context}"),
    )
