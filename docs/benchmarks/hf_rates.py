"""The hf backend through worker and client beside transformers' ``generate``, with the same adapters."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from figures import Table
from peft import PeftModel

from vortex_tui import paths
from vortex_tui.engine import model_folder
from vortex_tui.engine.backends.hf_load import load_model
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import BARE, ChatMessage, Done, Named, Sampling
from vortex_tui.settings import Profile

_TOKENS = 128
_EXPERTS = ("arithmetic", "units", "sql")
_PROMPT = list(range(20, 40))


def _with_adapters(model: Any) -> Any:
    """PEFT as its documentation has it."""
    wrapped = model
    for name in _EXPERTS:
        folder = next((paths.nano() / "experts" / name).glob("*/adapter"))
        if isinstance(wrapped, PeftModel):
            wrapped.load_adapter(str(folder), name)
        else:
            wrapped = PeftModel.from_pretrained(wrapped, str(folder), name)
    return wrapped.eval()


@torch.inference_mode()
def _generate(model: Any, count: int) -> float:
    """Tokens a second of ``generate`` with ``count`` adapters active, greedy."""
    names = list(_EXPERTS[:count])
    if names:
        model.base_model.set_adapter(names, inference_mode=True)
    ids = torch.tensor([_PROMPT], device=model.device)

    def run(target: Any) -> float:
        before = time.perf_counter()
        target.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            min_new_tokens=_TOKENS,
            max_new_tokens=_TOKENS,
            do_sample=False,
        )
        return _TOKENS / (time.perf_counter() - before)

    if names:
        return run(model)
    with model.disable_adapter():
        return run(model)


async def _engine(engine: Engine, number: int, count: int) -> float:
    sampling = Sampling(max_new_tokens=_TOKENS, min_new_tokens=_TOKENS, temperature=0.0)
    choice = Named(weights=dict.fromkeys(_EXPERTS[:count], 1.0)) if count else BARE
    asked = (ChatMessage(role="user", content=f"{number} hello"),)
    answer = engine.generate([asked], sampling, choice)
    (done,) = [event async for event in answer if isinstance(event, Done)]
    return done.tokens_per_sec


async def against_transformers(data: Path, rounds: int) -> None:
    """Print one table a number of adapters; the first rounds load and compose, and do not count."""
    torch.set_num_threads(1)
    folder = model_folder.inspect(paths.nano() / "base")
    model = _with_adapters(load_model(folder, "nf4"))
    profile = Profile.model_validate(
        {
            "core": {"hf_model": "nano"},
            "experts": {"router": {"mode": "manual"}},
            "budget": {"ctx_tokens": 512},
        }
    )
    async with Engine(data, face="benchmark") as engine:
        await engine.load(profile)
        for count in range(4):
            table = Table(f"nano NF4 through transformers, {count} adapters, tokens a second")
            for number in range(rounds + 2):
                rates = (_generate(model, count), await _engine(engine, number, count))
                if number >= 2:
                    table.add("transformers generate", rates[0])
                    table.add("worker and client", rates[1])
            table.show(against="transformers generate")
