"""From a corpus to a promoted expert on nano with the real commands, and back: what each step takes.

python docs/benchmarks/corpus_to_promoted.py [--examples 900] [--steps N]

A domain that no shipped expert serves, lists of words reversed, is ingested, trained, judged, approved at a
pseudo-terminal, asked, and rolled back, in a data folder of its own. Prints seconds by the clock and of
the processor. Needs a system with pseudo-terminals.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.lessons import lessons, write  # noqa: E402

ASKED, RIGHT = "Reverse the list: lamp, goat, tea", "tea, goat, lamp"


class Way:
    """Runs the commands in one data folder and counts what they take."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._home = folder / "home"
        self.clock = self.processor = 0.0

    def run(self, *arguments: str, typed: str = "") -> str:
        """One command; what it says on stdout. ``typed`` is typed at its terminal."""
        outer, inner = pty.openpty()
        os.write(outer, typed.encode())
        began, before = time.monotonic(), os.times()
        done = subprocess.run(
            [sys.executable, "-m", "vortex_tui", *arguments, "--mock", "--data-dir", str(self.data)],
            stdin=inner, capture_output=True, encoding="utf-8", check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(self._home)},
        )  # fmt: skip
        wall, after = time.monotonic() - began, os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        os.close(outer)
        os.close(inner)
        self.clock, self.processor = self.clock + wall, self.processor + cpu
        print(f"{arguments[0]:<14} {wall:7.1f} s  {cpu:7.1f} s of processor", flush=True)
        if done.returncode:
            sys.exit(f"{' '.join(arguments)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


def trained(way: Way, steps: int | None) -> str:
    """Train; the candidate's id."""
    more = ["--steps", str(steps)] if steps else []
    said = json.loads(way.run("train-experts", "--domains", "reversal", "--json", *more))
    expert = said["experts"][0]
    print(f"  {expert['step']} steps, loss {expert['base_loss']:.2f} to {expert['loss']:.3f}")
    return str(expert["id"])


def judged(way: Way, id: str) -> None:
    """Judge, and print what the gates found."""
    report = json.loads(way.run("judge", id, "--json-out", "-"))
    gain = next(gate for gate in report["gates"] if gate["id"] == "gain")
    print(f"  {report['verdict']}, gain {gain['value']:.3f}, {len(report['moved'])} prompts move")


def main() -> None:
    """The whole way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=900)
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        way = Way(Path(folder))
        corpus = Path(folder) / "reversal.jsonl"
        write(corpus, [each for each in lessons("reversal", arguments.examples) if each.prompt != ASKED])
        way.run("ingest", str(corpus), "--domain", "reversal")
        way.run("bench", "--update-baseline")
        id = trained(way, arguments.steps)
        judged(way, id)
        way.run("promote", id, "--approve", typed=f"{id}\n")
        answers = [way.run("chat", "-m", ASKED).strip()]
        way.run("rollback", "reversal")
        answers.append(way.run("chat", "-m", ASKED).strip())
        way.run("ledger", "--verify")
        print(f"{'together':<14} {way.clock:7.1f} s  {way.processor:7.1f} s of processor")
        print(f"{ASKED!r}: the expert says {answers[0]!r} (right is {RIGHT!r}), after it {answers[1]!r}")


if __name__ == "__main__":
    main()
