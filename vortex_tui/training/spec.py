"""What a job is told: everything one training needs, in one line of JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from vortex_tui.training.recipe import Change


class JobSpec(BaseModel):
    """One domain's training. ``corpus`` and ``quarantine`` are folders where the job runs.

    ``share`` is the part of this machine's memory and cores it may count on: 1 / how many run at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    profile_name: str
    profile: dict[str, JsonValue]
    corpus: str
    quarantine: str
    change: Change = Change()
    fresh: bool = False
    parent: str = ""
    share: float = Field(1.0, gt=0.0, le=1.0)

    @property
    def model(self) -> str:
        """The base's folder or name, as the profile says it."""
        core = self.profile["core"]
        return str(core["hf_model"]) if isinstance(core, dict) else ""
