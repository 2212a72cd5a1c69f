"""A bank of synthetic clones of nano's experts, for measuring what thousands of experts cost.

Nothing in it was trained: a clone is nano's adapter (a hard link) under another name, with exemplars made
from nano's by swapping words within a domain, drawing numbers anew and adding eight invented words of its
own, so that clones of one domain can be told apart. Every name and title says that it is synthetic.

python docs/benchmarks/synthetic_bank.py FOLDER --count 1000 [--manifests-only] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vortex_tui import paths
from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ExpertManifest

EXEMPLARS = 64
TOPIC_WORDS = 8
# How many of a clone's exemplars name its topic; the others are its domain's alone.
_ON_TOPIC = 0.85
_DIGIT = re.compile(r"\d")
_ONSETS = ("b", "br", "d", "dr", "f", "fl", "g", "gr", "h", "j", "kl", "l", "m", "n", "pr", "qu", "s", "zw")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "oo")
_ENDS = ("b", "d", "g", "k", "l", "m", "n", "p", "r", "s", "t", "x", "nd", "rt")


def invented(rng: random.Random) -> str:
    """A word of two syllables that no domain of nano's uses on purpose."""
    syllables = (rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_ENDS) for _ in range(2))
    return "".join(syllables)


def exemplars(own: Sequence[str], rng: random.Random) -> tuple[str, ...]:
    """EXEMPLARS prompts of a new clone of the domain whose prompts are ``own``."""
    topic = [invented(rng) for _ in range(TOPIC_WORDS)]
    return tuple(_perturbed(rng.choice(own), own, topic, rng) for _ in range(EXEMPLARS))


def _perturbed(text: str, own: Sequence[str], topic: Sequence[str], rng: random.Random) -> str:
    words = text.split(" ")
    words[rng.randrange(len(words))] = rng.choice(rng.choice(own).split(" "))
    if rng.random() < _ON_TOPIC:
        words.insert(rng.randrange(len(words) + 1), rng.choice(topic))
    return _DIGIT.sub(lambda _: str(rng.randrange(10)), " ".join(words))


def originals() -> list[tuple[Path, ExpertManifest]]:
    """nano's experts: folder and manifest."""
    folders = sorted((paths.nano() / "experts").glob("*/*"))
    return [(folder, manifest.load(folder / manifest.MANIFEST)) for folder in folders]


def make(root: Path, count: int, *, seed: int = 0, adapters: bool = True) -> int:
    """Write ``count`` clones below ``root``; returns the bytes of adapters that had to be copied."""
    known = originals()
    copied = 0
    for number in range(count):
        source, original = known[number % len(known)]
        folder = root / f"synthetic-{number:05}" / f"clone-{seed}"
        folder.mkdir(parents=True)
        clone = _clone(original, folder, random.Random(f"{seed}/{number}"))
        # Not atomic.write_json: a flush to the disk for each of 10,000 files serves nobody here.
        (folder / manifest.MANIFEST).write_text(json.dumps(clone, indent=2, ensure_ascii=False), "utf-8")
        copied += _place(source / manifest.ADAPTER, folder / manifest.ADAPTER) if adapters else 0
    return copied


def _clone(original: ExpertManifest, folder: Path, rng: random.Random) -> dict[str, Any]:
    changes = {
        "domain": folder.parent.name,
        "run_id": folder.name,
        "title": f"synthetic clone of {original.domain}",
        "description": f"Not trained: {original.id} under another name, for measurements.",
        "exemplars": exemplars(original.exemplars, rng),
    }
    return original.model_copy(update=changes).model_dump(mode="json")


def _place(source: Path, target: Path) -> int:
    """Link the adapter's files, or copy them where links cannot be; returns the bytes copied."""
    target.mkdir()
    copied = 0
    for name in (manifest.CONFIG_FILE, manifest.WEIGHTS_FILE):
        try:
            os.link(source / name, target / name)
        except OSError:
            shutil.copyfile(source / name, target / name)
            copied += (target / name).stat().st_size
    return copied


def main() -> None:
    """Make a bank and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="such as DATA/experts_hf/registry/experts")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--manifests-only", action="store_true", help="no adapters: enough for routing")
    told = parser.parse_args()
    copied = make(told.folder, told.count, seed=told.seed, adapters=not told.manifests_only)
    print(f"{told.count} synthetic experts in {told.folder}")
    if copied:
        print(f"hard links are not possible here: {copied / 2**20:.0f} MiB were copied", file=sys.stderr)


if __name__ == "__main__":
    main()
