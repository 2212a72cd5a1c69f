"""How long ingesting takes: examples whose words are unlike, and examples that share half of theirs.

``python docs/benchmarks/ingest.py --examples 10000`` prints a line a case; nothing is left behind.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vortex_tui.corpora.ingest import ingest

WORDS = [f"w{number}" for number in range(5_000)]


def unlike(rng: random.Random) -> tuple[str, str]:
    """30 words asked, 120 answered."""
    return " ".join(rng.choices(WORDS, k=30)), " ".join(rng.choices(WORDS, k=120))


def half(rng: random.Random) -> tuple[str, str]:
    """The same: but the first 24 words of each prompt are everybody's."""
    return " ".join([*WORDS[:24], *rng.choices(WORDS, k=10)]), " ".join(rng.choices(WORDS, k=120))


def family(rng: random.Random) -> tuple[str, str]:
    """One family: 60 words that all share, and one figure."""
    return " ".join([*WORDS[:60], str(rng.random())]), str(rng.random())


CASES: dict[str, Callable[[random.Random], tuple[str, str]]] = {
    "unlike": unlike,
    "half": half,
    "family": family,
}


def measure(name: str, count: int, folder: Path) -> None:
    """Ingest ``count`` examples of a case, then the same again and a hundred more."""
    rng, file = random.Random(7), folder / f"{name}.jsonl"
    pairs = [CASES[name](rng) for _ in range(count + 100)]
    lines = [json.dumps({"prompt": prompt, "response": response}) + "\n" for prompt, response in pairs]
    for told, chosen in (("first", lines[:count]), ("again, with 100 more", lines)):
        file.write_text("".join(chosen), encoding="utf-8")
        # Of this process alone: whatever else the machine does takes none of it.
        begun = time.process_time()
        found = ingest([str(file)], name, folder)
        seconds = time.process_time() - begun
        kept = sum(found.kept.values())
        print(f"{name:8} {told:22} {found.found:7,} found {kept:7,} kept {seconds:6.1f} CPU s")


def main() -> None:
    """Measure every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    chosen = parser.parse_args()
    for name in chosen.cases:
        with tempfile.TemporaryDirectory() as folder:
            measure(name, chosen.examples, Path(folder))


if __name__ == "__main__":
    main()
