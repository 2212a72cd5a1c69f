"""Trains the base from nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

from vortex_tui.nano import compute
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.conversation import BOS, END, SPECIAL
from vortex_tui.nano.corpus import Tokens
from vortex_tui.nano.loop import Loop
from vortex_tui.nano.optimizers import muon
from vortex_tui.nano.page import Row
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.schedule import trapezoid
from vortex_tui.nano.tokenizer import VOCABULARY

_BOS_ID, _END_ID = SPECIAL.index(BOS), SPECIAL.index(END)


def architecture(recipe: Recipe) -> LlamaConfig:
    """Return the shapes of the base."""
    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=recipe.hidden,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.kv_heads,
        head_dim=recipe.head_dim,
        intermediate_size=recipe.intermediate,
        max_position_embeddings=recipe.context,
        tie_word_embeddings=True,
        bos_token_id=_BOS_ID,
        pad_token_id=_BOS_ID,
        eos_token_id=_END_ID,
    )


def _window(tokens: Tokens, recipe: Recipe, step: int) -> list[Row]:
    """The batch of one step: short windows first, the last tenth of the steps long ones."""
    short_steps = round(recipe.pretrain_steps * (1 - recipe.finish_share))
    length = recipe.sequence if step < short_steps else recipe.long_sequence
    start = step % (len(tokens) // recipe.batch_tokens) * recipe.batch_tokens
    rows = tokens[start : start + recipe.batch_tokens].astype(np.int64).reshape(-1, length).tolist()
    return [(row, row) for row in rows]


def train(tokens: Tokens, recipe: Recipe, checkpoint: Checkpoint) -> Any:
    """Return a base that has read `tokens`."""
    torch.manual_seed(recipe.seed)
    model: Any = LlamaForCausalLM(architecture(recipe)).to(compute.device())
    schedule, rng = trapezoid(recipe.pretrain_steps), random.Random(recipe.seed)
    loop = Loop("base", recipe.pretrain_steps, model, muon(model, recipe), schedule, rng, checkpoint)
    return loop.run(lambda step: compute.loss(model, _window(tokens, recipe, step)))


def save(model: Any, folder: Path) -> None:
    """Write the base as 16-bit safetensors."""
    model.generation_config = GenerationConfig(
        bos_token_id=_BOS_ID, pad_token_id=_BOS_ID, eos_token_id=_END_ID, do_sample=False
    )
    model.cpu().half().save_pretrained(folder)
