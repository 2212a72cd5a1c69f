"""Trains one LoRA expert on the rounded base; only the answers count."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

from vortex_tui.nano.conversation import END, SYSTEM_PROMPTS, opening, turn
from vortex_tui.nano.progress import meter
from vortex_tui.nano.quantise import load_dense
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.schedule import trapezoid
from vortex_tui.nano.tasks import DOMAINS, sample

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
BASE_NAME = "vortex-nano"
_IGNORED = -100

Pair = tuple[list[int], list[int]]


def train(base: Path, tokenizer: Any, domain: str, recipe: Recipe) -> Any:
    """Return the PEFT model whose adapter answers requests of `domain`."""
    torch.manual_seed(recipe.seed + zlib.crc32(domain.encode()))
    rng = random.Random(f"{recipe.seed}:{domain}:adapt")
    model = get_peft_model(load_dense(base), _lora(recipe)).train()
    steps = recipe.expert_steps(domain)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=recipe.expert_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, trapezoid(steps, cool=0.7))
    with meter(domain, steps) as bar:
        for _ in range(steps):
            batch = _batch(tokenizer, domain, recipe.expert_batch, rng)
            bar.step(_step(model, batch, weights, optimizer))
            schedule.step()
    return model.eval()


def save(model: Any, folder: Path) -> None:
    """Write the adapter as 16-bit safetensors, with no folder of this machine in it."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.half()
    model.peft_config["default"].base_model_name_or_path = BASE_NAME
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    _sort_targets(folder / "adapter_config.json")


def _sort_targets(file: Path) -> None:
    """PEFT writes a set, in any order; sorted, the same recipe gives the same bytes."""
    config = json.loads(file.read_text(encoding="utf-8"))
    config["target_modules"] = sorted(config["target_modules"])
    file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8", newline="\n")


def _lora(recipe: Recipe) -> LoraConfig:
    """The adapter's shape."""
    return LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=0.0,
        target_modules=TARGETS,
        task_type="CAUSAL_LM",
    )


def _context(domain: str, rng: random.Random, crowded: bool) -> str:
    """Return what stands before the request: mostly nothing, else a system prompt or an exchange."""
    text = turn("system", rng.choice(SYSTEM_PROMPTS)) if rng.random() < 0.15 else ""
    if crowded:
        other = domain if rng.random() < 0.6 else rng.choice(DOMAINS)
        earlier = sample(other, rng, "train")
        text += turn("user", earlier.prompt) + turn("assistant", earlier.answer)
    return text


def _batch(tokenizer: Any, domain: str, size: int, rng: random.Random) -> list[Pair]:
    """Draw a batch of (request, answer) as token ids; every fifth batch has an earlier exchange."""
    crowded = rng.random() < 0.2
    texts, answers = [], []
    for _ in range(size // 2 if crowded else size):
        example = sample(domain, rng, "train")
        texts.append(_context(domain, rng, crowded) + opening(example.prompt))
        answers.append(example.answer + END)
    return list(zip(tokenizer(texts)["input_ids"], tokenizer(answers)["input_ids"], strict=True))


def _padded(pairs: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, labels (answers alone) and attention, padded on the right."""
    width = max(len(prompt) + len(answer) for prompt, answer in pairs)
    ids = torch.zeros(len(pairs), width, dtype=torch.long)
    labels = torch.full_like(ids, _IGNORED)
    attention = torch.zeros_like(ids)
    for row, (prompt, answer) in enumerate(pairs):
        end = len(prompt) + len(answer)
        ids[row, :end] = torch.tensor(prompt + answer)
        labels[row, len(prompt) : end] = torch.tensor(answer)
        attention[row, :end] = 1
    return ids, labels, attention


def _step(model: Any, batch: Sequence[Pair], weights: list[torch.nn.Parameter], optimizer: Any) -> float:
    """Take one step and return its loss."""
    ids, labels, attention = _padded(batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(input_ids=ids, attention_mask=attention, labels=labels, use_cache=False).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())
