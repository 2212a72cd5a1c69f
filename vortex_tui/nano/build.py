"""Runs a recipe from nothing, or from where it was stopped, to a finished folder."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from vortex_tui.errors import StorageError
from vortex_tui.nano import (
    drill,
    evaluate,
    evaluation_set,
    experts,
    index,
    practice,
    pretrain,
    school,
    stretch,
    tokenizer,
    vocabulary,
)
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.corpus import LATER_SHARES, Library, Tokens, pack
from vortex_tui.nano.native import Natives
from vortex_tui.nano.progress import console, stage
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.workplace import Workplace

_TOKENIZER_DOCUMENTS = 4000
_EVALUATION_SEED = 4711


def build(
    out: Path, recipe: Recipe, *, base: Path | None = None, jobs: int | None = None, fresh: bool = False
) -> None:
    """Train everything beside `out`, evaluate it, then put it in the place of `out`.

    A run that was stopped goes on from its checkpoints. With `base`, a folder an earlier run wrote, only
    the experts are trained. Raises StorageError.
    """
    times: dict[str, float] = {}
    with Workplace(out, fresh=fresh) as work:
        library = Library(recipe.seed + 1)
        natives = Natives(vocabulary.common(library.code), library.facts)
        if base:
            _copy(base, work.data / "base")
        else:
            Base(recipe, work.checkpoints, times, library, natives).make(work.data / "base")
        # Before any expert is trained: none may learn from it.
        cases = evaluation_set.build(natives, _EVALUATION_SEED)
        evaluation_set.write(cases, work.data / evaluation_set.FOLDER)
        experts.train_all(work.data, work.checkpoints, recipe, times, experts.jobs(jobs))
        finish(work.data, recipe, times)
        work.finish()
    console.print(f"{out} is ready after {sum(times.values()) / 60:.0f} minutes of training")


def _copy(base: Path, place: Path) -> None:
    """Use the base of an earlier run. Raises StorageError."""
    try:
        shutil.copytree(base, place)
        (place / "model.safetensors").stat()
    except OSError as error:
        raise StorageError(
            f"cannot use the base in {base}",
            found=error.strerror or str(error),
            expected="the folder `base` of a nano that this recipe made",
            mend="give such a folder, or leave --base out to train one",
        ) from error


def finish(data: Path, recipe: Recipe, times: dict[str, float]) -> None:
    """Write figures, manifests, cards and, last, the index of the model in `data`."""
    with stage("evaluation", times):
        figures = evaluate.score(data, recipe.evaluated)
    index.write(data, recipe, figures, times)


class Base:
    """The stages that make the base, each from its checkpoint where there is one."""

    def __init__(
        self, recipe: Recipe, checkpoints: Path, times: dict[str, float], later: Library, natives: Natives
    ) -> None:
        """Keep checkpoints in a folder and seconds in `times`; school reads `later` and asks `natives`."""
        self._recipe, self._checkpoints, self._times = recipe, checkpoints, times
        self._later, self._natives = later, natives

    def make(self, folder: Path) -> None:
        """Train and save tokenizer and base."""
        recipe = self._recipe
        with stage("corpus", self._times):
            library = Library(recipe.seed)
            words = tokenizer.train(library.sample_text(_TOKENIZER_DOCUMENTS))
            tokens = pack(library, words, recipe.batch_tokens * recipe.pretrain_steps)
        model = self._ground(words, tokens)
        if recipe.school_steps:
            model = self._school(model, words)
        pretrain.save(model, folder)
        tokenizer.save(words, folder, recipe.context)

    def _checkpoint(self, name: str, words: Tokenizer) -> Checkpoint:
        """The checkpoint of one stage; it depends on the recipe and on the tokenizer."""
        digest = hashlib.sha256(words.to_str().encode()).hexdigest()
        return Checkpoint(self._checkpoints / f"{name}.pt", f"{self._recipe.base_settings} {digest} {name}")

    def _ground(self, words: Tokenizer, tokens: Tokens) -> Any:
        """Reading, sums, and everything at once."""
        recipe = self._recipe
        with stage("base", self._times):
            model = pretrain.train(tokens, recipe, self._checkpoint("base", words))
        with stage("drill", self._times):
            model = drill.practise(model, words, tokens, recipe, self._checkpoint("drill", words))
        with stage("practice", self._times):
            return practice.practise(model, words, tokens, recipe, self._checkpoint("practice", words))

    def _school(self, model: Any, words: Tokenizer) -> Any:
        """The base's own tasks, and the full context."""
        recipe = self._recipe
        tokens = pack(self._later, words, recipe.school_tokens, LATER_SHARES)
        desk = school.Desk(words, tokens, self._natives.words, self._natives)
        with stage("school", self._times):
            model = school.attend(model, desk, recipe, self._checkpoint("school", words))
        files = stretch.whole_files(self._later.files, words)
        with stage("stretch", self._times):
            return stretch.stretch(model, desk, files, recipe, self._checkpoint("stretch", words))
