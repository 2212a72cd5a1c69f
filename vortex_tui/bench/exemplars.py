"""What the experts of a profile's bank are asked in a bench."""

from __future__ import annotations

from pathlib import Path

from vortex_tui.doctor.bank import entries
from vortex_tui.experts.bank import champions
from vortex_tui.profile import Profile


def of(profile: Profile, data_dir: Path) -> dict[str, tuple[str, ...]]:
    """The exemplars of each domain's expert by its id; none where the profile uses no experts."""
    if not profile.experts.enabled:
        return {}
    best = champions(entries(profile, data_dir)).values()
    return {entry.id: entry.manifest.exemplars for entry in best if entry.manifest}
