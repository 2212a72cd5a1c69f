"""Run the program as a user does: another process, another folder, its own data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "vortex_tui")


def environment(**changes: str) -> dict[str, str]:
    """This environment, with the checkout importable from anywhere."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **changes}


def run(
    *arguments: str, data: Path, stdin: str = "", timeout: float = 120, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run ``vortex-tui arguments`` with ``data`` as its data folder and current folder.

    Anchors are made beside ``data``, never in the folder of whoever runs the tests (not on Windows).
    """
    data.mkdir(parents=True, exist_ok=True)
    changes.setdefault("XDG_DATA_HOME", str(data.with_name(f"{data.name}-user")))
    return subprocess.run(
        [*PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        cwd=data,
        env=environment(VORTEX_TUI_DATA=str(data), **changes),
        check=False,
    )
