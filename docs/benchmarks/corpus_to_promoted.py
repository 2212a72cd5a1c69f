"""From a corpus to a promoted expert on nano with the real commands, and back: what each step takes.

python docs/benchmarks/corpus_to_promoted.py [--examples 900] [--steps N]

A domain that no shipped expert serves, lists of words reversed, is ingested, trained, judged, approved at a
pseudo-terminal, asked, and rolled back, in a data folder of its own. Prints seconds by the clock and of
the processor. Needs a system with pseudo-terminals.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.way import ASKED, DOMAIN, RIGHT, Way  # noqa: E402


def go(way: Way, examples: int, more: list[str]) -> None:
    """The whole way."""
    way.ingested(examples)
    way.done("bench", "--update-baseline")
    expert = way.trained(*more)
    id = str(expert["id"])
    print(f"{id}: {expert['step']} steps, loss {expert['base_loss']:.2f} to {expert['loss']:.3f}")
    report = way.judged(id)
    gain = next(gate for gate in report["gates"] if gate["id"] == "gain")
    print(f"{report['verdict']}: gain {gain['value']}, {len(report['moved'])} prompts move")
    way.done("promote", id, "--approve", typed=f"{id}\n")
    print(f"{ASKED!r}: the expert says {way.answer()!r}, right is {RIGHT!r}")
    way.done("rollback", DOMAIN)
    print(f"rolled back: {way.answer()!r}")
    way.done("ledger", "--verify")


def main() -> None:
    """Go, and print what each step took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=900)
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    more = ["--steps", str(arguments.steps)] if arguments.steps else []
    with tempfile.TemporaryDirectory() as folder:
        way = Way(Path(folder))
        try:
            go(way, arguments.examples, more)
        finally:
            for name, said in way.told:
                print(f"{name:<14} {said.clock:7.1f} s  {said.processor:7.1f} s of processor")
            clock, processor = (sum(said[at] for _, said in way.told) for at in (3, 4))
            print(f"{'together':<14} {clock:7.1f} s  {processor:7.1f} s of processor")


if __name__ == "__main__":
    main()
