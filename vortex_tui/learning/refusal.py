"""What learning from feedback refuses, and consent to it."""

from __future__ import annotations

from typing import ClassVar

from vortex_tui import paths
from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line
from vortex_tui.profile import Profile

KEY = "learning.enabled"


class LearningError(VortexError):
    """Feedback that cannot be kept or read, or learning that nobody consented to."""

    code: ClassVar[str] = "learning"


def check_consent(profile: Profile) -> None:
    """Refuse where the profile does not consent. Raises LearningError."""
    if not profile.learning.enabled:
        raise LearningError(
            "nobody consented to learning from feedback",
            found=f"{KEY} = false in the profile {one_line(profile.name)}",
            expected=f"{KEY} = true",
            mend=mend(profile),
        )


def mend(profile: Profile) -> str:
    """The command that gives consent; a shipped profile is not changed but copied."""
    name = one_line(profile.name)
    if (paths.shipped_profiles() / f"{profile.name}.toml").is_file():
        return f"vortex-tui profiles new mine --from {name} --set {KEY}=true, then --profile mine"
    return f"vortex-tui profiles edit {name} --set {KEY}=true"
