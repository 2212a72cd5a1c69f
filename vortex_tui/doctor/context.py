"""What a check is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vortex_tui.doctor.report import Status
from vortex_tui.profile import Profile


@dataclass(frozen=True, slots=True)
class Context:
    """What is under examination; ``mock``: nano stands in for the profile's own weights."""

    profile: Profile
    data_dir: Path
    mock: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's verdict: what was found, expected, and mends it; ``details`` are a table's lines."""

    status: Status
    found: str = ""
    expected: str = ""
    mend: str = ""
    details: tuple[str, ...] = ()
