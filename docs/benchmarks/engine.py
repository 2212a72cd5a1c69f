"""What the engine costs: the worker and its client beside llama-cpp-python and a bare loop, in one run.

python docs/benchmarks/engine.py [nano] [large] [mixes] [turns] [copying] [hf] [--rounds 5]

Every figure is the median of rounds that alternate between the contestants, so that a slow second
falls on each of them; ratios are what counts. Nothing is written but temporary files.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from contestants import bare_loop, binding_loop, engine_on, threads_for
from figures import Table
from hf_rates import against_transformers
from models import large_gguf, nano_gguf

from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import BARE, ChatMessage, Choice, Conversation, Done, Named, Sampling

_TOKENS = 256
_EXPERTS = ("arithmetic", "units", "sql", "roman")


def said(text: str) -> Conversation:
    """A conversation of one question."""
    return (ChatMessage(role="user", content=text),)


def long(tokens: int) -> Sampling:
    """Greedy, exactly so many tokens."""
    return Sampling(max_new_tokens=tokens, min_new_tokens=tokens, temperature=0.0)


async def done(engine: Engine, asked: Conversation, sampling: Sampling, choice: Choice = BARE) -> Done:
    """The last event of one answer."""
    answer = engine.generate([asked], sampling, choice)
    (ended,) = [event async for event in answer if isinstance(event, Done)]
    return ended


async def decode_rates(name: str, file: Path, data: Path, rounds: int) -> None:
    """Decoded tokens a second: bare loop, llama-cpp-python's ``generate``, worker and client."""
    table = Table(f"{name}, decoded tokens a second")
    threads = threads_for(file)
    async with engine_on(file, data) as engine:
        for number in range(rounds):
            asked = said(f"{number} hello")
            table.add("bare loop", bare_loop(file, threads, _TOKENS))
            table.add("Llama.generate", binding_loop(file, threads, _TOKENS))
            table.add("worker and client", (await done(engine, asked, long(_TOKENS))).decode_tokens_per_sec)
    table.show(against="bare loop")


async def mixes(data: Path, rounds: int) -> None:
    """Decoded tokens a second under mixes, side by side at first and composed when they come again."""
    separate = Table("nano F16, decoded tokens a second, adapters side by side (a mix's first two answers)")
    composed = Table("nano F16, decoded tokens a second, mixes composed")
    async with engine_on(None, data) as engine:
        for number in range(rounds + 2):
            table = separate if number < 2 else composed
            for count in (0, 1, 2, 4):
                choice = Named(weights=dict.fromkeys(_EXPERTS[:count], round(1 / max(count, 1), 2)))
                ended = await done(engine, said(f"{number} hello"), long(_TOKENS), choice if count else BARE)
                table.add(f"{count} experts", ended.decode_tokens_per_sec)
            await asyncio.sleep(1.0 if number == 1 else 0.0)  # the mixes are being composed
    separate.show(against="1 experts")
    composed.show(against="1 experts")


async def turns(data: Path, rounds: int) -> None:
    """Milliseconds to the first token: cold, a follow-up, after a change of mix, back again."""
    table = Table("nano F16, a conversation of about 900 tokens, milliseconds to the first token")
    async with engine_on(None, data) as engine:
        for number in range(rounds):
            past = f"{number} " + "one two three four five six seven eight nine ten " * 40
            talk = [*said(past), ChatMessage(role="assistant", content="yes"), *said("What is 37 + 58?")]
            first, second = (Named(weights={name: 1.0}) for name in _EXPERTS[:2])
            for label, choice in (("cold", first), ("another mix", second), ("back again", first)):
                table.add(label, (await done(engine, tuple(talk), long(8), choice)).ttft_ms)
            talk += [ChatMessage(role="assistant", content="95"), *said("What is 12 + 30?")]
            table.add("follow-up", (await done(engine, tuple(talk), long(8), first)).ttft_ms)
    table.show(against="cold")


async def copying(data: Path, rounds: int) -> None:
    """Prompt lookup on copying work and on free text: tokens a second, and drafts that were right."""
    texts = {"copying": "Repeat: " + "red green blue, " * 30, "free text": "Tell me about lists"}
    for name, text in texts.items():
        table = Table(f"nano F16, {name}, decoded tokens a second")
        right = drafted = 0
        for speculation in ("off", "prompt_lookup"):
            async with engine_on(None, data, speculation) as engine:
                for _ in range(rounds):
                    ended = await done(engine, said(text), long(_TOKENS))
                    table.add(f"speculation {speculation}", ended.decode_tokens_per_sec)
                    right, drafted = right + ended.accepted_tokens, drafted + ended.drafted_tokens
        table.show(against="speculation off")
        print(f"  {right} of {drafted} drafted tokens were right")


async def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ("nano", "large", "mixes", "turns", "copying", "hf")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(parts)}; all by default")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        for part in asked.parts or parts:
            await run(part, data, asked.rounds)


async def run(part: str, data: Path, rounds: int) -> None:
    """One part of the benchmark."""
    if part == "nano":
        await decode_rates("nano Q8_0", nano_gguf(data, "q8_0"), data, rounds)
    elif part == "large":
        await decode_rates("random 100M, vocabulary 150,000, Q8_0", large_gguf(data), data, rounds)
    else:
        parts = {"mixes": mixes, "turns": turns, "copying": copying, "hf": against_transformers}
        await parts[part](data, rounds)


if __name__ == "__main__":
    asyncio.run(main())
