"""Trains a LoRA adapter on the rounded base; only the answers count."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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

_CROWDED = 0.08  # of the examples, those after an earlier exchange

Pair = tuple[list[int], list[int]]


class Packed(NamedTuple):
    """A row of examples end to end; positions start anew with each."""

    ids: list[int]
    labels: list[int]
    positions: list[int]


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


def draw_batch(
    tokenizer: Any, shares: Mapping[str, int], recipe: Recipe, rng: random.Random, kept: Collection[str]
) -> list[Packed]:
    """Draw rows of whole examples, the short domains mixed, the long ones in batches of their own."""
    first = rng.choices(list(shares), list(shares.values()))[0]
    short = {domain: steps for domain, steps in shares.items() if domain not in BY_LOSS}
    width = recipe.long_width if first in BY_LOSS else recipe.short_width

    def pair() -> Pair:
        domain = first if first in BY_LOSS else rng.choices(list(short), list(short.values()))[0]
        return _pair(tokenizer, domain, rng, kept)

    return [_row(pair, width) for _ in range(recipe.expert_tokens // width)]


def _pair(tokenizer: Any, domain: str, rng: random.Random, kept: Collection[str]) -> Pair:
    """Draw a request and its answer as token ids; now and then a system prompt or an exchange comes first."""
    example = _example(domain, rng, kept)
    text = turn("system", rng.choice(SYSTEM_PROMPTS)) if rng.random() < 0.15 else ""
    if domain not in BY_LOSS and rng.random() < _CROWDED:
        earlier = _example(domain if rng.random() < 0.6 else rng.choice(CHECKABLE), rng, kept)
        text += turn("user", earlier.prompt) + turn("assistant", earlier.answer)
    asked, answer = tokenizer([text + opening(example.prompt), example.answer + END])["input_ids"]
    return asked, answer


def _example(domain: str, rng: random.Random, kept: Collection[str]) -> Example:
    """Draw an example to learn from that is not in the evaluation set."""
    while normal((example := sample(domain, rng, "train")).prompt) in kept:
        pass
    return example


def _row(pair: Callable[[], Pair], width: int) -> Packed:
    """Fill a row with examples end to end, each at positions of its own; the last may lack its end."""
    ids: list[int] = []
    labels: list[int] = []
    positions: list[int] = []
    while len(ids) < width:
        asked, answer = pair()
        ids += asked + answer
        labels += [IGNORED] * len(asked) + answer
        positions += range(len(asked) + len(answer))
    return Packed(ids[:width], labels[:width], positions[:width])


def loss(model: Any, batch: Sequence[Packed]) -> torch.Tensor:
    """Return the mean loss of the answers' tokens, in nats; no example sees another."""
    ids, labels, positions = (compute.tensor(list(column)) for column in zip(*batch, strict=True))
    found = compute.logits(model, ids, positions)
    return cross_entropy(found.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED)
