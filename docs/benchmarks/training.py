"""How well and how fast nano learns a domain: python docs/benchmarks/training.py reversal --examples 1200

Trains with the real command on a generated corpus, then asks the real engine held-out prompts: of the base,
of the expert, and of whoever the router chooses.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.lessons import Lesson, lessons, write  # noqa: E402
from vortex_tui import profile  # noqa: E402
from vortex_tui.engine.client import Engine  # noqa: E402
from vortex_tui.engine.protocol import BARE, ROUTED, ChatMessage, Choice, Named, Sampling, Token  # noqa: E402

_HELD = 300


def train(data: Path, domain: str, examples: int) -> list[Lesson]:
    """Train and put the expert into the bank; returns what it has not seen."""
    made = lessons(domain, examples + 2 * _HELD)
    folder = data / "corpora" / domain
    write(folder / "calibration.jsonl", made[:100])
    write(folder / "router.jsonl", made[100:_HELD])
    write(folder / "train.jsonl", made[2 * _HELD :])
    line = [sys.executable, "-m", "vortex_tui", "train-experts", "--mock", "--domains", domain, "--json"]
    began, before = time.monotonic(), os.times()
    done = subprocess.run(
        [*line, "--data-dir", str(data)], stdout=subprocess.PIPE, encoding="utf-8", check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    wall, after = time.monotonic() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    (expert,) = json.loads(done.stdout)["experts"]
    print(f"{wall:.0f} s, {cpu:.0f} s of processor, {expert['step']} steps, {expert['peak_mb']:.0f} MiB")
    shutil.move(expert["folder"], data / "experts_hf" / "registry" / "experts" / domain / expert["run_id"])
    return made[_HELD : 2 * _HELD]


async def right(engine: Engine, asked: list[Lesson], choice: Choice) -> int:
    """How many answers are exactly right."""
    said = [""] * len(asked)
    conversations = [(ChatMessage(role="user", content=lesson.prompt),) for lesson in asked]
    async for event in engine.generate(conversations, Sampling(max_new_tokens=48, temperature=0.0), choice):
        if isinstance(event, Token):
            said[event.index] += event.text
    return sum(text == lesson.response for text, lesson in zip(said, asked, strict=True))


async def ask(data: Path, domain: str, held: list[Lesson]) -> None:
    """Print what base, expert and router get right."""
    async with Engine(data, face="benchmark") as engine:
        await engine.load(profile.load("nano"))
        for name, choice in (("base", BARE), ("expert", Named(weights={domain: 1.0})), ("routed", ROUTED)):
            print(f"{domain} {name}: {await right(engine, held, choice)} of {len(held)}")


def main() -> None:
    """Train, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domain")
    parser.add_argument("--examples", type=int, default=1200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held = train(Path(folder), arguments.domain, arguments.examples)
        asyncio.run(ask(Path(folder), arguments.domain, held))


if __name__ == "__main__":
    main()
