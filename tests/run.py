"""Every check of this repository, one stage after the other; all of them run, whatever fails first.

``python tests/run.py`` runs them all, ``python tests/run.py quick types`` only those.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAX_PACK_KB = 80_000
NO_TESTS = 5
LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
# Soak tests run the same code for as many cases as this; a long run sets more.
SOAK_CASES = "200"
# Files side by side: most tests wait for a worker, and what a file sets up is set up once. Each process may
# hold a model, and so may what it starts: two of them need some four gigabytes.
TWO = ("-n", "2", "--dist", "loadfile")


@dataclass(frozen=True)
class Stage:
    """A name and what follows ``python`` on its command line."""

    name: str
    command: tuple[str, ...]
    suite: bool = False


@dataclass
class Result:
    """What became of a stage; ``lines`` are its last words and its failures."""

    stage: Stage
    ok: bool
    seconds: float
    lines: list[str] = field(default_factory=list)


STAGES = (
    Stage("lint", ("-m", "ruff", "check", ".")),
    Stage("format", ("-m", "ruff", "format", "--check", ".")),
    Stage("types", ("-m", "mypy")),
    Stage("types-win32", ("-m", "mypy", "--platform", "win32", "--cache-dir", ".mypy_cache/win32")),
    Stage("imports", ("-c", LINT_IMPORTS)),
    Stage("pack", ()),
    Stage("quick", ("-m", "pytest", "-m", "not slow and not soak and not gpu", *TWO), suite=True),
    Stage("slow", ("-m", "pytest", "-m", "(slow or soak) and not gpu", "--durations=10", *TWO), suite=True),
    Stage("gpu", ("-m", "pytest", "-m", "gpu"), suite=True),
)


def pack() -> tuple[bool, list[str]]:
    """What a clone fetches: git's objects, in kilobytes."""
    try:
        shown = subprocess.run(
            ["git", "count-objects", "-v"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return True, ["not a git repository: nothing to measure"]
    sizes = dict(line.split(": ") for line in shown.splitlines())
    total = int(sizes["size"]) + int(sizes["size-pack"])
    return total <= MAX_PACK_KB, [f"{total} kB of git objects, {MAX_PACK_KB} allowed"]


def command(stage: Stage) -> tuple[bool, list[str]]:
    """Run a stage, show what it says as it says it, keep its last line and its failures."""
    environment = {"VORTEX_SOAK_CASES": SOAK_CASES, **os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, *stage.command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    said = [show(line) for line in process.stdout]
    code = process.wait()
    kept = [line for line in said if line.startswith(("FAILED ", "ERROR "))]
    last = next((line for line in reversed(said) if line.strip()), "")
    return code == 0 or (stage.name == "gpu" and code == NO_TESTS), [*kept, last]


def show(line: str) -> str:
    """Print a line of a stage as it comes."""
    print(line, end="", flush=True)
    return line.rstrip("\n")


def run(stage: Stage) -> Result:
    """Run one stage and time it."""
    print(f"\n=== {stage.name} ===", flush=True)
    start = time.monotonic()
    ok, lines = command(stage) if stage.command else pack()
    return Result(stage, ok, time.monotonic() - start, lines)


def chosen(names: list[str]) -> Iterable[Stage]:
    """The stages named, or all that this machine can run."""
    known = {stage.name for stage in STAGES}
    if unknown := set(names) - known:
        sys.exit(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    if names:
        return [stage for stage in STAGES if stage.name in names]
    return [stage for stage in STAGES if stage.name != "gpu" or shutil.which("nvidia-smi")]


def summary(results: list[Result]) -> None:
    """Each stage's time; the suites' failures and their own summary come last."""
    print("\n=== stages ===")
    for result in results:
        told = "" if result.stage.suite else result.lines[-1]
        print(f"{result.stage.name:<12} {'ok' if result.ok else 'FAILED':<7} {result.seconds:7.1f} s  {told}")
    for result in results:
        if result.stage.suite:
            print(f"\n--- {result.stage.name} ---", *result.lines, sep="\n")


def main() -> int:
    """0 when every stage passed."""
    results = [run(stage) for stage in chosen(sys.argv[1:])]
    summary(results)
    return 0 if all(result.ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
