"""Trains a LoRA adapter on the rounded base; only the answers count."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy

from vortex_tui.nano import compute
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.conversation import END, SYSTEM_PROMPTS, opening, turn
from vortex_tui.nano.loop import Loop
from vortex_tui.nano.page import IGNORED
from vortex_tui.nano.quantise import load_dense
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.schedule import trapezoid
from vortex_tui.nano.tasks import BY_LOSS, CHECKABLE, Example, normal, sample

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
BASE_NAME = "vortex-nano"

Pair = tuple[list[int], list[int]]


def train(
    base: Path,
    tokenizer: Any,
    shares: Mapping[str, int],
    recipe: Recipe,
    checkpoint: Checkpoint,
    kept: Collection[str],
) -> Any:
    """Return the PEFT model whose adapter answers the domains of `shares`; each has so many steps of data.

    No prompt whose normal form is in `kept`, the evaluation set, is ever trained on.
    """
    name = "+".join(shares)
    torch.manual_seed(recipe.seed + zlib.crc32(name.encode()))
    rng, steps = random.Random(f"{recipe.seed}:{name}:adapt"), sum(shares.values())
    model = get_peft_model(load_dense(base), _lora(recipe)).to(compute.device())
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(weights, lr=recipe.expert_rate, weight_decay=0.0)
    ]
    title = next(iter(shares)) if len(shares) == 1 else "multitask"
    loop = Loop(title, steps, model, optimizers, trapezoid(steps, cool=0.7), rng, checkpoint)
    return loop.run(lambda _: loss(model, draw_batch(tokenizer, shares, recipe, rng, kept)))


def save(model: Any, folder: Path) -> None:
    """Write the adapter as 16-bit safetensors, with no folder of this machine in it."""
    model.cpu()
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


def _domains(shares: Mapping[str, int], recipe: Recipe, rng: random.Random) -> list[str]:
    """Draw the domain of every row of a batch; the long ones come in batches of their own."""
    first = rng.choices(list(shares), list(shares.values()))[0]
    if first in BY_LOSS:
        return [first] * recipe.long_batch
    short = {domain: steps for domain, steps in shares.items() if domain not in BY_LOSS}
    return rng.choices(list(short), list(short.values()), k=recipe.expert_batch)


def draw_batch(
    tokenizer: Any, shares: Mapping[str, int], recipe: Recipe, rng: random.Random, kept: Collection[str]
) -> list[Pair]:
    """Draw a batch of (request, answer) as token ids; every fifth batch has an earlier exchange."""
    domains = _domains(shares, recipe, rng)
    crowded = domains[0] not in BY_LOSS and rng.random() < 0.2
    texts, answers = [], []
    for domain in domains[::2] if crowded else domains:
        example = _example(domain, rng, kept)
        texts.append(_context(domain, rng, crowded, kept) + opening(example.prompt))
        answers.append(example.answer + END)
    return list(zip(tokenizer(texts)["input_ids"], tokenizer(answers)["input_ids"], strict=True))


def _example(domain: str, rng: random.Random, kept: Collection[str]) -> Example:
    """Draw an example to learn from that is not in the evaluation set."""
    while normal((example := sample(domain, rng, "train")).prompt) in kept:
        pass
    return example


def _context(domain: str, rng: random.Random, crowded: bool, kept: Collection[str]) -> str:
    """Return what stands before the request: mostly nothing, else a system prompt or an exchange."""
    text = turn("system", rng.choice(SYSTEM_PROMPTS)) if rng.random() < 0.15 else ""
    if crowded:
        other = domain if rng.random() < 0.6 else rng.choice(CHECKABLE)
        earlier = _example(other, rng, kept)
        text += turn("user", earlier.prompt) + turn("assistant", earlier.answer)
    return text


def _padded(pairs: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, labels (answers alone) and attention, padded on the right."""
    width = max(len(prompt) + len(answer) for prompt, answer in pairs)
    ids = torch.zeros(len(pairs), width, dtype=torch.long)
    labels = torch.full_like(ids, IGNORED)
    attention = torch.zeros_like(ids)
    for row, (prompt, answer) in enumerate(pairs):
        end = len(prompt) + len(answer)
        ids[row, :end] = torch.tensor(prompt + answer)
        labels[row, len(prompt) : end] = torch.tensor(answer)
        attention[row, :end] = 1
    place = compute.device()
    return ids.to(place), labels.to(place), attention.to(place)


def loss(model: Any, batch: Sequence[Pair]) -> torch.Tensor:
    """Return the mean loss of the answers' tokens, in nats."""
    ids, labels, attention = _padded(batch)
    found = compute.logits(model, ids, attention)
    return cross_entropy(found.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED)
