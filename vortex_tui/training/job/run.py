"""One training from its spec to the expert in quarantine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch

from vortex_tui.engine.peak_memory import peak_rss
from vortex_tui.engine.sizes import MIB
from vortex_tui.errors import BudgetError
from vortex_tui.escape import one_line
from vortex_tui.training import memory, runs
from vortex_tui.training.events import AnyEvent, Begun, Finished, Stage
from vortex_tui.training.job import base, checkpoints, ground, lessons, result, told, trainer
from vortex_tui.training.job.ground import Ground
from vortex_tui.training.job.lessons import Lessons
from vortex_tui.training.job.telling import Telling
from vortex_tui.training.job.trainer import Course
from vortex_tui.training.memory import Need
from vortex_tui.training.runs import Work
from vortex_tui.training.spec import JobSpec

Say = Callable[[AnyEvent], None]
_SMALL = 64 * MIB


@dataclass(frozen=True, slots=True)
class Run:
    """A training under way: on what ground, in which folder, from which checkpoint."""

    ground: Ground
    work: Work
    resume: Path | None
    started: float
    say: Say

    @property
    def domain(self) -> str:
        """What is trained."""
        return self.ground.spec.domain

    @property
    def seconds(self) -> float:
        """Since this process began."""
        return time.monotonic() - self.started

    def stage(self, words: str) -> None:
        """Tell what is being done."""
        self.say(Stage(domain=self.domain, stage=words))


def run(spec: JobSpec, say: Say) -> None:
    """Train, tell, publish. Raises VortexError; then nothing new is in quarantine."""
    started = time.monotonic()
    say(Stage(domain=spec.domain, stage="reading the corpus and the base's headers"))
    read, text = ground.read(spec)
    on_gpu = torch.cuda.is_available()
    unpacked = memory.is_unpacked(read.shape, on_gpu=on_gpu)
    needed = ground.planned(read, on_gpu=on_gpu, unpacked=unpacked)
    work = runs.open_work(Path(spec.quarantine) / spec.domain, read.key, fresh=spec.fresh)
    try:
        this = Run(read, work, checkpoints.newest(work.checkpoints), started, say)
        _choose_threads(read, spec.share)
        this.stage("loading the base at 4 bits")
        model: Any = base.load(
            read.folder, unpacked=unpacked, checkpointed=read.recipe.gradient_checkpointing
        )
        laid = lessons.lay_out(text, model, read.corpus, read.recipe)
        model = base.add_adapter(model, read.shape, read.recipe)
        say(_begun(this, laid, model, needed))
        course = _train(this, laid, model)
        this.stage("writing the expert")
        hashed = _publish(this, laid, course)
    finally:
        work.lock.release()
    say(_finished(this, laid, course, hashed))


def _choose_threads(read: Ground, share: float) -> None:
    """A small model's operations are shorter than waking a second thread for them."""
    cores = max(1, round((os.cpu_count() or 1) * share))
    torch.set_num_threads(1 if read.folder.weight_bytes < _SMALL else cores)


def _begun(this: Run, laid: Lessons, model: Any, needed: Need) -> Begun:
    return Begun(
        domain=this.domain,
        run_id=this.work.run_id,
        step=checkpoints.step_of(this.resume),
        steps=laid.steps,
        examples=len(laid.train),
        left_out=laid.left_out,
        calibration=len(this.ground.corpus.calibration),
        trained_parameters=sum(each.numel() for each in model.parameters() if each.requires_grad),
        device=str(model.device),
        needed_mb=-(-needed.total // MIB),
        notes=laid.notes,
    )


def _train(this: Run, laid: Lessons, model: Any) -> Course:
    how, on_gpu = this.ground.recipe, model.device.type == "cuda"
    fresh = this.resume is None
    settings = trainer.arguments(this.work.checkpoints, how, laid.steps, on_gpu=on_gpu, start=fresh)
    telling = Telling(this.domain, laid.rows, how.rows_a_step, this.say)
    try:
        return trainer.train(
            model, laid.rows, laid.calibration, settings, how.patience, [telling], this.resume
        )
    except torch.OutOfMemoryError as error:
        raise BudgetError(
            "the training outgrew its memory",
            found=one_line(str(error)[:200]),
            expected=f"at most budget.max_vram_mb = {this.ground.profile.budget.max_vram_mb}",
            mend="--gradient-checkpointing, a shorter --length, or --rows 1",
        ) from error


def _publish(this: Run, laid: Lessons, course: Course) -> str:
    """Put the best checkpoint's expert together and move it into quarantine; returns its content hash.

    Raises StorageError for a checkpoint that changed since.
    """
    best = checkpoints.folder_of(this.work.checkpoints, course.best_step)
    checkpoints.verify(best)
    since = checkpoints.step_of(this.resume)
    described = told.description(
        this.ground, this.work.run_id, laid, course, seconds=this.seconds, resumed_from=since
    )
    files = result.adapter_files(best, this.ground.base_name)
    made = result.write(this.work.whole, files, described)
    this.work.publish()
    return made.content_hash


def _finished(this: Run, laid: Lessons, course: Course, hashed: str) -> Finished:
    on_gpu = torch.cuda.is_available()
    peak = torch.cuda.max_memory_allocated() if on_gpu else peak_rss(psutil.Process().memory_info())
    return Finished(
        domain=this.domain,
        run_id=this.work.run_id,
        content_hash=hashed,
        step=course.step,
        steps=laid.steps,
        best_step=course.best_step,
        base_loss=course.loss_at(0),
        loss=course.best_loss,
        resumed_from=checkpoints.step_of(this.resume),
        seconds=round(this.seconds, 1),
        peak_mb=round(peak / MIB, 1),
    )
