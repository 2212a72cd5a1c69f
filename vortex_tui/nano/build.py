"""Runs the recipe from nothing to a finished folder."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from vortex_tui.nano import adapt, drill, evaluate, files, index, practice, pretrain, tokenizer
from vortex_tui.nano.corpus import Library, pack
from vortex_tui.nano.progress import console, stage
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.tasks import DOMAINS

_TOKENIZER_DOCUMENTS = 4000


def build(out: Path, recipe: Recipe, base: Path | None = None) -> None:
    """Train everything beside `out`, evaluate it, then put it in the place of `out`.

    With `base`, a folder an earlier run wrote, only the experts are trained.
    """
    times: dict[str, float] = {}
    data = files.fresh(out.with_name(f".{out.name}.building"))
    if base:
        shutil.copytree(base, data / "base")
    else:
        _base(data / "base", recipe, times)
    _experts(data, recipe, times)
    with stage("evaluation", times):
        figures = evaluate.score(data, recipe.evaluated)
    index.write(data, recipe, figures, times)
    files.swap_in(data, out)
    console.print(f"{out} is ready after {sum(times.values()) / 60:.1f} minutes")


def _base(folder: Path, recipe: Recipe, times: dict[str, float]) -> None:
    """Train and save tokenizer and base."""
    with stage("corpus", times):
        library = Library(recipe.seed)
        words = tokenizer.train(library.sample_text(_TOKENIZER_DOCUMENTS))
        tokens = pack(library, words, recipe.batch_tokens * recipe.pretrain_steps)
    with stage("base", times):
        model = pretrain.train(tokens, recipe)
    with stage("drill", times):
        model = drill.practise(model, words, tokens, recipe)
    with stage("practice", times):
        model = practice.practise(model, words, tokens, recipe)
    pretrain.save(model, folder)
    tokenizer.save(words, folder, recipe.context)


def _experts(data: Path, recipe: Recipe, times: dict[str, float]) -> None:
    """Train and save every expert."""
    loaded: Any = AutoTokenizer.from_pretrained(data / "base")
    run_id = _run_id(data / "base" / "model.safetensors", recipe)
    for domain in DOMAINS:
        with stage(domain, times):
            model = adapt.train(data / "base", loaded, domain, recipe)
        adapt.save(model, data / "experts" / domain / run_id / "adapter")


def _run_id(weights: Path, recipe: Recipe) -> str:
    """Name the run by its time and its base."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return f"{datetime.now(UTC):%Y%m%dT%H%M}-{recipe.name}-{digest[:6]}"
