"""How long the first paint takes: ``python -m vortex_tui.tui.cold_start [--runs 7] [--json]``.

Each run is a fresh process of the real command in a pseudo-terminal of 80x24; the clock stops when the
prompt has been painted. It is this process that reads the clock: the app does not time itself.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass

# Of the prompt's frame: the lowest text of the screen that is there before the engine is.
_PAINTED = b"enter send"
_LIMIT_SECONDS = 20.0
_COUNT = """
import sys, pathlib
from vortex_tui.engine.client import Engine
from vortex_tui.profile import load
from vortex_tui.tui.app import VortexApp
VortexApp(Engine(pathlib.Path("."), face="tui"), load("nano"))
print(len(sys.modules))
"""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Milliseconds from the start of the process to the first paint, and modules imported by then."""

    median_ms: float
    fastest_ms: float
    slowest_ms: float
    runs: int
    modules: int


def first_paint(command: list[str]) -> float:
    """Milliseconds until ``command`` has painted in a new pseudo-terminal. Raises TimeoutError."""
    if sys.platform == "win32":
        raise OSError("Python has no pseudo-terminal on Windows")
    import pty

    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        pid, terminal = pty.fork()
        if pid == 0:
            size = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "VORTEX_TUI_DATA": folder}
            os.execvpe(command[0], command, os.environ | size)
        try:
            return _wait_for_paint(terminal, started)
        finally:
            _end(pid, terminal)


def _wait_for_paint(terminal: int, started: float) -> float:
    seen = b""
    while (left := _LIMIT_SECONDS - (time.perf_counter() - started)) > 0:
        if select.select([terminal], [], [], left)[0]:
            seen += os.read(terminal, 65536)
            if _PAINTED in seen:
                return (time.perf_counter() - started) * 1000
    raise TimeoutError(f"nothing painted in {_LIMIT_SECONDS:.0f} s: {seen[-200:]!r}")


def _end(pid: int, terminal: int) -> None:
    os.write(terminal, b"\x11")  # ctrl+q: the app ends its engine
    deadline = time.perf_counter() + _LIMIT_SECONDS
    while not _has_ended(pid):
        if time.perf_counter() > deadline:
            os.kill(pid, signal.SIGTERM)
            deadline += _LIMIT_SECONDS
        _drain(terminal)
    os.close(terminal)


def _has_ended(pid: int) -> bool:
    if sys.platform == "win32":
        return True
    return os.waitpid(pid, os.WNOHANG) != (0, 0)


def _drain(terminal: int) -> None:
    # A full pseudo-terminal would keep the app from ending.
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            os.read(terminal, 65536)
        except OSError:
            time.sleep(0.05)


def measure(runs: int) -> ColdStart:
    """Start the workstation ``runs`` times."""
    command = [sys.executable, "-m", "vortex_tui", "--profile", "nano"]
    times = [first_paint(command) for _ in range(runs)]
    counted = subprocess.run([sys.executable, "-c", _COUNT], capture_output=True, text=True, check=True)
    median = statistics.median(times)
    return ColdStart(median, min(times), max(times), runs, int(counted.stdout))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m vortex_tui.tui.cold_start", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="as JSON, with a schema version")
    arguments = parser.parse_args()
    if sys.platform == "win32":
        parser.error("this needs a pseudo-terminal, which Python does not have on Windows")
    found = measure(arguments.runs)
    if arguments.json:
        sys.stdout.write(json.dumps({"schema": 1, **asdict(found)}) + "\n")
    else:
        spread = f"{found.fastest_ms:.0f} to {found.slowest_ms:.0f} ms"
        sys.stdout.write(f"first paint {found.median_ms:.0f} ms (median of {found.runs}; {spread})\n")
        sys.stdout.write(f"modules     {found.modules}\n")


if __name__ == "__main__":
    main()
