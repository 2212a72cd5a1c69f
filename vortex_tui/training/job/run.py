"""One training from its spec to the expert in quarantine."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
import torch

from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends.hf_text import ChatText, load_tokenizer
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.peak_memory import peak_rss
from vortex_tui.engine.sizes import MIB
from vortex_tui.errors import BudgetError
from vortex_tui.escape import one_line
from vortex_tui.profile import Profile, parse
from vortex_tui.training import corpus, exemplars, memory, recipe, runs
from vortex_tui.training.corpus import Corpus
from vortex_tui.training.events import AnyEvent, Begun, Finished, Stage
from vortex_tui.training.job import base, checkpoints, examples, packing, result, trainer
from vortex_tui.training.job.examples import Encoded
from vortex_tui.training.job.rows import Rows, epochs, pack
from vortex_tui.training.job.telling import Telling
from vortex_tui.training.job.trainer import Course
from vortex_tui.training.memory import Need, Shape
from vortex_tui.training.recipe import Recipe
from vortex_tui.training.runs import Work
from vortex_tui.training.spec import JobSpec

Say = Callable[[AnyEvent], None]
_SMALL = 64 * MIB
# A long training's curve is told by so many points.
_CURVE = 200
# Evaluating takes no longer than reading the data of so many steps.
_EVALUATED = 4


@dataclass(frozen=True, slots=True)
class Ground:
    """What a training stands on, all of it read before any weight is."""

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
    def key(self) -> str:
        """What an unfinished run must have in common with this one to be gone on with."""
        return runs.key_of({
            "base": self.fingerprint, "tokenizer": self.tokenizer, "template": self.template,
            "data": self.corpus.digests, "domain": self.spec.domain, "recipe": self.recipe.model_dump(),
            "parent": self.spec.parent, "versions": result.versions(),
        })  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lessons:
    """The corpus as ids, and how it is laid out in rows."""

    train: list[Encoded]
    left_out: int
    rows: Rows
    calibration: Rows
    steps: int


def run(spec: JobSpec, say: Say) -> None:
    """Train, tell, publish. Raises VortexError; then nothing new is in quarantine."""
    started = time.monotonic()
    say(Stage(domain=spec.domain, stage="reading the corpus and the base's headers"))
    ground, text = _ground(spec)
    on_gpu = torch.cuda.is_available()
    unpacked = base.is_unpacked(ground.shape, on_gpu=on_gpu)
    needed = _planned(ground, on_gpu=on_gpu, unpacked=unpacked)
    work = runs.open_work(Path(spec.quarantine) / spec.domain, ground.key, fresh=spec.fresh)
    try:
        resume = checkpoints.newest(work.checkpoints)
        _choose_threads(ground, spec.share)
        say(Stage(domain=spec.domain, stage="loading the base at 4 bits"))
        model = base.load(ground.folder, unpacked=unpacked, checkpointed=ground.recipe.gradient_checkpointing)
        notes = list(text.notes)
        lessons = _lessons(ground, text, model, notes)
        model = base.add_adapter(model, ground.shape, ground.recipe)
        say(_begun(ground, work, lessons, model, needed, resume, notes))
        course = _train(ground, work, lessons, model, resume, say)
        say(Stage(domain=spec.domain, stage="writing the expert"))
        _write(ground, work, lessons, course, resume, time.monotonic() - started)
        hashed = _publish(work)
    finally:
        work.lock.release()
    say(_finished(spec, work, course, lessons, resume, hashed, time.monotonic() - started))


def _ground(spec: JobSpec) -> tuple[Ground, ChatText]:
    profile = parse(dict(spec.profile), Path(f"{spec.profile_name}.toml"))
    read = corpus.read(Path(spec.corpus))
    folder = model_folder.inspect(model_folder.locate(spec.model))
    shape = memory.shape_of(folder)
    tokenizer = load_tokenizer(folder.path)
    text = ChatText(tokenizer, _generation(folder))
    ground = Ground(
        spec=spec,
        profile=profile,
        folder=folder,
        shape=shape,
        corpus=read,
        recipe=recipe.choose(shape.parameters, folder.max_context, spec.change),
        fingerprint=fingerprint.of_folder(folder),
        tokenizer=hashlib.sha256((folder.path / "tokenizer.json").read_bytes()).hexdigest(),
        template=hashlib.sha256(str(tokenizer.chat_template).encode("utf-8")).hexdigest(),
    )
    return ground, text


def _generation(folder: ModelFolder) -> Any:
    """The base's stop tokens, as the engine reads them."""
    from transformers import GenerationConfig

    if (folder.path / "generation_config.json").is_file():
        return GenerationConfig.from_pretrained(folder.path, local_files_only=True)
    return GenerationConfig(eos_token_id=folder.config.get("eos_token_id"))


def _planned(ground: Ground, *, on_gpu: bool, unpacked: bool) -> Need:
    """Hold the need against budget, memory and disk. Raises BudgetError or StorageError."""
    memory.check_disk(Path(ground.spec.quarantine), ground.shape, ground.recipe.rank)
    if on_gpu:
        free, total = torch.cuda.mem_get_info()
        available = min(ground.profile.budget.max_vram_mb * MIB, free)
        # What the plan did not foresee ends the training, not what else is on the card.
        torch.cuda.set_per_process_memory_fraction(min(1.0, available / total))
    else:
        available = int(psutil.virtual_memory().available * ground.spec.share)
    return memory.check(
        ground.folder, ground.shape, ground.recipe, available, on_gpu=on_gpu, unpacked=unpacked
    )


def _choose_threads(ground: Ground, share: float) -> None:
    """A small model's operations are shorter than waking a second thread for them."""
    cores = max(1, round((os.cpu_count() or 1) * share))
    torch.set_num_threads(1 if ground.folder.weight_bytes < _SMALL else cores)


def _lessons(ground: Ground, text: ChatText, model: Any, notes: list[str]) -> Lessons:
    """The corpus in rows. Raises CorpusError."""
    how = ground.recipe
    train, left_out = examples.encode(text, ground.corpus.train, how.length)
    examples.check(train, left_out, corpus.LEAST, how.length)
    held, held_out = examples.encode(text, ground.corpus.calibration, how.length)
    examples.check(held, held_out, 1, how.length)
    filler = int(text.tokenizer.pad_token_id or 0)
    together = how.packing and packing.is_exact(model, train, filler)
    if how.packing and not together:
        notes.append("this base does not keep packed examples apart: each has a row of its own")
    if ground.corpus.is_held_back:
        notes.append(f"no calibration.jsonl: {len(held)} examples are held back to know when to stop")
    every = pack(train, how.length, range(len(train)), together=together)
    steps = how.steps(len(every))
    laid = list(islice(epochs(train, how.length, how.seed, together=together), steps * how.rows_a_step))
    kept = pack(held, how.length, range(len(held)), together=together)[: _EVALUATED * how.rows_a_step]
    return Lessons(
        train, left_out, Rows(train, laid, how.length, filler), Rows(held, kept, how.length, filler), steps
    )


def _begun(
    ground: Ground,
    work: Work,
    lessons: Lessons,
    model: Any,
    needed: Need,
    resume: Path | None,
    notes: Sequence[str],
) -> Begun:
    return Begun(
        domain=ground.spec.domain,
        run_id=work.run_id,
        step=checkpoints.step_of(resume),
        steps=lessons.steps,
        examples=len(lessons.train),
        left_out=lessons.left_out,
        calibration=len(ground.corpus.calibration),
        trained_parameters=sum(each.numel() for each in model.parameters() if each.requires_grad),
        device=str(model.device),
        needed_mb=-(-needed.total // MIB),
        notes=tuple(notes),
    )


def _train(ground: Ground, work: Work, lessons: Lessons, model: Any, resume: Path | None, say: Say) -> Course:
    how = ground.recipe
    on_gpu = model.device.type == "cuda"
    settings = trainer.arguments(work.checkpoints, how, lessons.steps, on_gpu=on_gpu, start=resume is None)
    telling = Telling(ground.spec.domain, lessons.rows, how.rows_a_step, say)
    try:
        return trainer.train(
            model, lessons.rows, lessons.calibration, settings, how.patience, [telling], resume
        )
    except torch.OutOfMemoryError as error:
        raise BudgetError(
            "the training outgrew its memory",
            found=one_line(str(error)[:200]),
            expected=f"at most budget.max_vram_mb = {ground.profile.budget.max_vram_mb}",
            mend="--gradient-checkpointing, a shorter --length, or --rows 1",
        ) from error


def _write(
    ground: Ground, work: Work, lessons: Lessons, course: Course, resume: Path | None, seconds: float
) -> None:
    """Put the best checkpoint's expert together. Raises StorageError for one that changed since."""
    best = checkpoints.folder_of(work.checkpoints, course.best_step)
    checkpoints.verify(best)
    spec, read = ground.spec, ground.corpus
    prompts = read.router_prompts or tuple(each.prompt for each in read.train)
    name = one_line(Path(spec.model).name)
    result.write(
        work.whole,
        result.adapter_files(best, name),
        {
            "domain": spec.domain,
            "run_id": work.run_id,
            "title": spec.domain,
            "base_fingerprint": ground.fingerprint,
            "exemplars": exemplars.choose(prompts),
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "training": _told(ground, lessons, course, name)
            | {"seconds": round(seconds, 1), "resumed_from": checkpoints.step_of(resume)},
            "evaluation": {
                "calibration_loss": course.loss_at(course.best_step),
                "base_calibration_loss": course.loss_at(0),
            },
        },
    )


def _told(ground: Ground, lessons: Lessons, course: Course, name: str) -> dict[str, Any]:
    """Where an expert comes from: enough to make it again."""
    read = ground.corpus
    thin = max(1, -(-len(course.losses) // _CURVE))
    return {
        "schema": 1,
        "parent": ground.spec.parent or None,
        "base": {
            "model": name,
            "fingerprint": ground.fingerprint,
            "quantization": base.QUANTIZATION,
            "tokenizer_sha256": ground.tokenizer,
            "template_sha256": ground.template,
        },
        "data": {
            "sha256": read.digests,
            "train": len(lessons.train),
            "left_out": lessons.left_out,
            "repeated": read.repeated,
            "calibration": len(read.calibration),
            "calibration_held_back": read.is_held_back,
        },
        "recipe": ground.recipe.model_dump(),
        "seed": ground.recipe.seed,
        "steps": course.step,
        "planned_steps": lessons.steps,
        "best_step": course.best_step,
        "versions": result.versions(),
        "curve": [*course.losses[::thin]],
        "evaluations": [*course.evaluations],
    }


def _publish(work: Work) -> str:
    """Move the expert into quarantine; returns its content hash."""
    found = json.loads((work.whole / "manifest.json").read_bytes())
    work.publish()
    return str(found["content_hash"])


def _finished(
    spec: JobSpec,
    work: Work,
    course: Course,
    lessons: Lessons,
    resume: Path | None,
    hashed: str,
    seconds: float,
) -> Finished:
    on_gpu = torch.cuda.is_available()
    peak = torch.cuda.max_memory_allocated() if on_gpu else peak_rss(psutil.Process().memory_info())
    loss = course.loss_at(course.best_step)
    return Finished(
        domain=spec.domain,
        run_id=work.run_id,
        content_hash=hashed,
        step=course.step,
        steps=lessons.steps,
        best_step=course.best_step,
        base_loss=course.loss_at(0),
        loss=loss if loss is not None else float("nan"),
        resumed_from=checkpoints.step_of(resume),
        seconds=round(seconds, 1),
        peak_mb=round(peak / MIB, 1),
    )
