"""The most memory a process has had, as its system tells it."""

from __future__ import annotations

import sys
from typing import Any


def peak_rss(memory: Any) -> float:
    """Peak resident bytes: Windows tells it with psutil's memory info, POSIX through getrusage."""
    if sys.platform == "win32":
        return float(memory.peak_wset)
    import resource

    # ru_maxrss is in kibibytes on Linux and in bytes on macOS.
    scale = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale)
