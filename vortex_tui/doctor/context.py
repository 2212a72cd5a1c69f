"""What a check is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vortex_tui.doctor.report import Status
from vortex_tui.profile import Profile


@dataclass(frozen=True, slots=True)
class Context:
    """The profile and the data folder under examination."""

    profile: Profile
    data_dir: Path


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's verdict: what was found, what was expected, what mends it."""

    status: Status
    found: str = ""
    expected: str = ""
    mend: str = ""
