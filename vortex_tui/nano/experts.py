"""Trains all of nano's adapters, several at a time, each in a process of its own."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from vortex_tui.nano import adapt, evaluation_set
from vortex_tui.nano.answering import CONTROL
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.progress import console
from vortex_tui.nano.recipe import Recipe


def run_id(base: Path, recipe: Recipe) -> str:
    """Name a run by its recipe and its base: the same two make the same experts."""
    digest = hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest()
    return f"{recipe.name}-{digest[:8]}"


def jobs(wanted: int | None) -> int:
    """Return how many to train at a time: one on a GPU, else one a core, unless `wanted`."""
    return wanted or (1 if torch.cuda.is_available() else os.cpu_count() or 1)


def train_all(data: Path, checkpoints: Path, recipe: Recipe, times: dict[str, float], at_once: int) -> None:
    """Train and save every expert under `data`, then the control; seconds go to `times`."""
    shares: dict[str, Mapping[str, int]] = {CONTROL: dict(recipe.experts)}
    shares |= {domain: {domain: steps} for domain, steps in recipe.experts}
    context = multiprocessing.get_context("spawn")
    threads = max(1, (os.cpu_count() or 1) // at_once)
    with ProcessPoolExecutor(at_once, mp_context=context, initializer=_prepare, initargs=(threads,)) as pool:
        asked = {
            pool.submit(_train, name, share, data, checkpoints, recipe): name
            for name, share in shares.items()
        }
        for future in as_completed(asked):
            name = asked[future]
            times[name] = round(future.result(), 1)
            console.print(f"[bold]{name}[/bold] took {times[name]:.0f} s")


def _prepare(threads: int) -> None:
    """Set up a worker process, which ends when the recipe is killed instead of outliving it by hours."""
    torch.set_num_threads(threads)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _train(name: str, shares: Mapping[str, int], data: Path, checkpoints: Path, recipe: Recipe) -> float:
    """Train and save one adapter; return the seconds it took."""
    start, base = time.monotonic(), data / "base"
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    run = run_id(base, recipe)
    key = f"{name} {run} {dict(shares)} {recipe.adapter_settings}"
    checkpoint = Checkpoint(checkpoints / f"adapter-{name}.pt", key)
    kept = evaluation_set.prompts(data / evaluation_set.FOLDER)
    model = adapt.train(base, tokenizer, shares, recipe, checkpoint, kept)
    room = "control" if name == CONTROL else "experts"
    adapt.save(model, data / room / name / run / "adapter")
    return time.monotonic() - start
