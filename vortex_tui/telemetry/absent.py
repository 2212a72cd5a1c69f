"""Why there is no NVIDIA GPU to read: what else the machine has. Nothing is loaded to find out."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

AMD = "AMD GPUs are not read yet"
APPLE = "Apple's GPU shares the host's memory"
_DRM = Path("/sys/class/drm")
_VENDORS = {"0x10de": "nvidia", "0x1002": "amd"}


def vendors(drm: Path = _DRM) -> frozenset[str]:
    """Makers of the GPUs that the Linux kernel knows, as far as we know their numbers."""
    found = set()
    for file in drm.glob("card*/device/vendor"):
        try:
            number = file.read_text(encoding="ascii", errors="replace").strip()
        except OSError:  # a device that went while we looked
            continue
        found.add(_VENDORS.get(number, ""))
    return frozenset(found - {""})


def reason(otherwise: str, drm: Path = _DRM) -> str:
    """Why nothing is shown; ``otherwise`` where the machine has nothing else either."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return APPLE
    there = vendors(drm)
    return AMD if "amd" in there and "nvidia" not in there else otherwise
