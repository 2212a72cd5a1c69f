"""Trains the base from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

from vortex_tui.nano.conversation import BOS, END, SPECIAL
from vortex_tui.nano.corpus import Tokens
from vortex_tui.nano.optimizers import Stepper
from vortex_tui.nano.progress import meter
from vortex_tui.nano.recipe import Recipe
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


def _windows(tokens: Tokens, recipe: Recipe) -> Iterator[torch.Tensor]:
    """Yield batches without end: short windows first, the last tenth of the steps long ones."""
    position, step = 0, 0
    short_steps = round(recipe.pretrain_steps * (1 - recipe.finish_share))
    while True:
        length = recipe.sequence if step < short_steps else recipe.context
        if position + recipe.batch_tokens > len(tokens):
            position = 0
        window = tokens[position : position + recipe.batch_tokens].astype(np.int64)
        yield torch.from_numpy(window).view(-1, length)
        position, step = position + recipe.batch_tokens, step + 1


def train(tokens: Tokens, recipe: Recipe) -> Any:
    """Return a base that has read `tokens`."""
    torch.manual_seed(recipe.seed)
    model: Any = LlamaForCausalLM(architecture(recipe))
    stepper = Stepper(model.train(), recipe, recipe.pretrain_steps)
    windows = _windows(tokens, recipe)
    with meter("base", recipe.pretrain_steps) as bar:
        for _ in range(recipe.pretrain_steps):
            batch = next(windows)
            bar.step(stepper.step({"input_ids": batch, "labels": batch}))
    return model.eval()


def save(model: Any, folder: Path) -> None:
    """Write the base as 16-bit safetensors."""
    model.generation_config = GenerationConfig(
        bos_token_id=_BOS_ID, pad_token_id=_BOS_ID, eos_token_id=_END_ID, do_sample=False
    )
    model.half().save_pretrained(folder)
