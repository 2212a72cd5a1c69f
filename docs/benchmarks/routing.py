"""How often nano's router finds the right expert on phrasings the experts never saw.

python docs/benchmarks/routing.py [--count 100]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from vortex_tui import profile
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import ChatMessage, RoutedMix
from vortex_tui.nano.tasks import DOMAINS, samples


def chosen(decision: RoutedMix) -> str:
    """The domain that leads the mix, or base."""
    return decision.mix[0].expert.partition("/")[0] if decision.mix else "base"


async def measure(count: int) -> None:
    """Print one line a domain: how many of ``count`` prompts went where."""
    with tempfile.TemporaryDirectory() as data:
        async with Engine(Path(data), face="benchmark") as engine:
            await engine.load(profile.load("nano"))
            for domain in DOMAINS:
                prompts = [example.prompt for example in samples(domain, count, 1, "test")]
                asked = [(ChatMessage(role="user", content=prompt),) for prompt in prompts]
                went = Counter(map(chosen, await engine.route(asked)))
                print(f"{domain:<12}{went[domain] / len(prompts):7.1%}  {dict(went)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    asyncio.run(measure(parser.parse_args().count))
