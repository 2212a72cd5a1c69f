"""What nano's experts lose when the base is quantised: exact match on the test split, by GGUF file type.

python docs/benchmarks/quantisation.py [--count 320]

Prompts of the evaluation set's sealed wordings, each answered by the right expert through the worker.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import defaultdict
from pathlib import Path

from vortex_tui import paths
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import ChatMessage, Conversation, Done, Named, Sampling
from vortex_tui.nano.tasks import CHECKABLE
from vortex_tui.settings import Profile

_KINDS = {"F16": "none", "Q8_0": "int8", "Q4_K_M": "nf4"}
_BATCH = 32
Cases = dict[str, list[tuple[Conversation, str]]]


def sealed(count: int) -> Cases:
    """Prompts with their right answers by domain."""
    found: Cases = defaultdict(list)
    file = paths.nano() / "evaluation" / "test.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        domain = next(iter(case["domains"]), "")
        if case["kind"] == "sealed" and domain in CHECKABLE and len(found[domain]) < count:
            asked = (ChatMessage(role="user", content=case["prompt"]),)
            found[domain].append((asked, case["answer"]))
    return found


async def right(engine: Engine, domain: str, cases: list[tuple[Conversation, str]]) -> float:
    """The share of cases that the expert answers exactly."""
    sampling, choice = Sampling(max_new_tokens=64, temperature=0.0), Named(weights={domain: 1.0})
    hits = 0
    for start in range(0, len(cases), _BATCH):
        batch = cases[start : start + _BATCH]
        answer = engine.generate([asked for asked, _ in batch], sampling, choice)
        done = {event.index: event.text async for event in answer if isinstance(event, Done)}
        hits += sum(done[row].strip() == wanted for row, (_, wanted) in enumerate(batch))
    return hits / len(cases)


async def measure(count: int) -> None:
    """Print one line a domain."""
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    with tempfile.TemporaryDirectory() as data:
        for kind, quantization in _KINDS.items():
            core = {"backend": "llama_cpp", "hf_quantization": quantization}
            profile = Profile.model_validate({"core": core, "experts": {"router": {"mode": "manual"}}})
            async with Engine(Path(data), face="benchmark") as engine:
                await engine.load(profile)
                for domain, cases in sealed(count).items():
                    if domain in {expert.domain for expert in await engine.experts()}:
                        shares[domain][kind] = await right(engine, domain, cases)
    print(f"{'expert':<12}" + "".join(f"{kind:>10}" for kind in _KINDS) + "   drop to Q4_K_M")
    for domain, found in shares.items():
        drop = found["F16"] - found["Q4_K_M"]
        print(f"{domain:<12}" + "".join(f"{found[kind]:10.1%}" for kind in _KINDS) + f"{drop:12.1%}")


if __name__ == "__main__":
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--count", type=int, default=320)
    asyncio.run(measure(parser.parse_args().count))
