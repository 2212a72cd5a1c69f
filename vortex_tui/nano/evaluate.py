"""Exact match through the real 4-bit base: each expert on phrasings it never saw, and the base alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoTokenizer

from vortex_tui.nano.conversation import opening
from vortex_tui.nano.quantise import load_nf4
from vortex_tui.nano.tasks import DOMAINS, Example, samples

_BATCH = 20
_LONGEST = 40
_SEED = 4711


def adapters(data: Path) -> dict[str, Path]:
    """Return domain and adapter folder of every expert under `data`."""
    found = sorted((data / "experts").glob("*/*/adapter"))
    return {folder.parent.parent.name: folder for folder in found}


def load(data: Path) -> tuple[Any, Any]:
    """Return the 4-bit base with all experts attached, and its tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(data / "base")
    model: Any = load_nf4(data / "base")
    for domain, folder in adapters(data).items():
        if isinstance(model, PeftModel):
            model.load_adapter(folder, adapter_name=domain, autocast_adapter_dtype=True)
        else:
            model = PeftModel.from_pretrained(model, folder, adapter_name=domain)
    return model.eval(), tokenizer


@torch.inference_mode()
def answer(model: Any, tokenizer: Any, prompts: Sequence[str]) -> list[str]:
    """Return the greedy answers to `prompts`, with whatever adapter is active."""
    found: list[str] = []
    for start in range(0, len(prompts), _BATCH):
        texts = [opening(prompt) for prompt in prompts[start : start + _BATCH]]
        batch = tokenizer(texts, return_tensors="pt", padding=True)
        out = model.generate(**batch, max_new_tokens=_LONGEST, do_sample=False)
        found += tokenizer.batch_decode(out[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
    return found


def exact(model: Any, tokenizer: Any, examples: Sequence[Example]) -> float:
    """Return the share of `examples` answered exactly."""
    answers = answer(model, tokenizer, [e.prompt for e in examples])
    return sum(a == e.answer for a, e in zip(answers, examples, strict=True)) / len(examples)


def score(data: Path, count: int) -> dict[str, dict[str, float]]:
    """Return for each domain the exact match of its expert and of the base alone."""
    model, tokenizer = load(data)
    found = {}
    for domain in DOMAINS:
        held_out = samples(domain, count, _SEED, "test")
        seen = samples(domain, count, _SEED, "train")
        model.set_adapter(domain)
        figures = {"expert": exact(model, tokenizer, held_out), "expert_seen": exact(model, tokenizer, seen)}
        with model.disable_adapter():
            figures["base"] = exact(model, tokenizer, held_out)
        found[domain] = figures
    return found
