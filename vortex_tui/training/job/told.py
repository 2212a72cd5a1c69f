"""What the manifest says of how an expert came to be."""

from __future__ import annotations

import datetime
from typing import Any

from vortex_tui.training import exemplars
from vortex_tui.training.job import base, result
from vortex_tui.training.job.ground import Ground
from vortex_tui.training.job.lessons import Lessons
from vortex_tui.training.job.trainer import Course

# A long training's curve is told by so many points.
_CURVE = 200


def description(
    ground: Ground, run_id: str, lessons: Lessons, course: Course, *, seconds: float, resumed_from: int
) -> dict[str, Any]:
    """The fields of the manifest that the adapter's own files do not say."""
    spec, read = ground.spec, ground.corpus
    prompts = read.router_prompts or tuple(each.prompt for each in read.train)
    return {
        "domain": spec.domain,
        "run_id": run_id,
        "title": spec.domain,
        "base_fingerprint": ground.fingerprint,
        "exemplars": exemplars.choose(prompts),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "training": _training(ground, lessons, course)
        | {"seconds": round(seconds, 1), "resumed_from": resumed_from},
        "evaluation": {
            "calibration_loss": course.best_loss,
            "base_calibration_loss": course.loss_at(0),
        },
    }


def _training(ground: Ground, lessons: Lessons, course: Course) -> dict[str, Any]:
    """Where an expert comes from: enough to make it again."""
    read = ground.corpus
    thin = max(1, -(-len(course.losses) // _CURVE))
    return {
        "schema": 1,
        "parent": ground.spec.parent or None,
        "base": {
            "model": ground.base_name,
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
