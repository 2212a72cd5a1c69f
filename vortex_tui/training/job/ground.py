"""What a training stands on, all of it read before any weight is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import GenerationConfig

from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends import hf_card
from vortex_tui.engine.backends.hf_text import ChatText, load_tokenizer
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.sizes import MIB
from vortex_tui.escape import one_line
from vortex_tui.profile import Profile, parse
from vortex_tui.training import corpus, memory, recipe, runs
from vortex_tui.training.corpus import Corpus
from vortex_tui.training.job import result
from vortex_tui.training.memory import Need, Shape
from vortex_tui.training.recipe import Recipe
from vortex_tui.training.spec import JobSpec


@dataclass(frozen=True, slots=True)
class Ground:
    """A job with its profile, its base by the files, its corpus and its recipe."""

    spec: JobSpec
    profile: Profile
    folder: ModelFolder
    shape: Shape
    corpus: Corpus
    recipe: Recipe
    fingerprint: str
    tokenizer: str
    template: str

    @property
    def base_name(self) -> str:
        """What the base is called, without any folder of this machine."""
        return one_line(Path(self.spec.model).name)

    @property
    def key(self) -> str:
        """What an unfinished run must have in common with this one to be gone on with."""
        return runs.key_of({
            "base": self.fingerprint, "tokenizer": self.tokenizer, "template": self.template,
            "data": self.corpus.digests, "domain": self.spec.domain, "recipe": self.recipe.model_dump(),
            "parent": self.spec.parent, "versions": result.versions(),
        })  # fmt: skip


def read(spec: JobSpec) -> tuple[Ground, ChatText]:
    """Read it, and the tokenizer with its template. Raises VortexError for what cannot be trained on."""
    profile = parse(dict(spec.profile), Path(f"{spec.profile_name}.toml"))
    lessons = corpus.read(Path(spec.corpus))
    folder = model_folder.inspect(model_folder.locate(spec.model))
    shape = memory.shape_of(folder)
    tokenizer = load_tokenizer(folder.path)
    text = ChatText(tokenizer, _generation(folder))
    ground = Ground(
        spec=spec,
        profile=profile,
        folder=folder,
        shape=shape,
        corpus=lessons,
        recipe=recipe.choose(shape.parameters, folder.max_context, spec.change),
        fingerprint=fingerprint.of_folder(folder),
        tokenizer=hashlib.sha256((folder.path / "tokenizer.json").read_bytes()).hexdigest(),
        template=hashlib.sha256(str(tokenizer.chat_template).encode("utf-8")).hexdigest(),
    )
    return ground, text


def _generation(folder: ModelFolder) -> Any:
    """The base's stop tokens, as the engine reads them."""
    if (folder.path / "generation_config.json").is_file():
        return GenerationConfig.from_pretrained(folder.path, local_files_only=True)
    return GenerationConfig(eos_token_id=folder.config.get("eos_token_id"))


def planned(ground: Ground, *, on_gpu: bool, unpacked: bool) -> Need:
    """Hold the need against budget, memory and disk. Raises BudgetError or StorageError."""
    memory.check_disk(Path(ground.spec.quarantine), ground.shape, ground.recipe.rank)
    if on_gpu:
        free, _ = torch.cuda.mem_get_info()
        available = min(ground.profile.budget.max_vram_mb * MIB, free)
        # What the plan did not foresee ends the training, not what else is on the card.
        hf_card.cap(available)
    else:
        available = int(psutil.virtual_memory().available * ground.spec.share)
    return memory.check(
        ground.folder, ground.shape, ground.recipe, available, on_gpu=on_gpu, unpacked=unpacked
    )
