"""transformers' own trainer, told what to do: rows in order, loss of the answers, sealed checkpoints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Sampler, SequentialSampler
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from vortex_tui.training.job import checkpoints
from vortex_tui.training.job.rows import Rows, collate
from vortex_tui.training.recipe import Recipe
from vortex_tui.training.refusal import TrainingError


@dataclass(frozen=True, slots=True)
class Course:
    """What came of it: the log of the whole run, whoever killed it in between."""

    step: int
    best_step: int
    best_loss: float
    losses: tuple[dict[str, float], ...]
    evaluations: tuple[dict[str, float], ...]

    def loss_at(self, step: int) -> float | None:
        """The calibration loss after a step; at 0 it is the base's."""
        return next((each["loss"] for each in self.evaluations if each["step"] == step), None)


class _Trainer(Trainer):  # type: ignore[misc]  # transformers is not typed
    """Reads rows in the order they were laid out, and writes adapters without a pickle beside them."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        return SequentialSampler(train_dataset if train_dataset is not None else self.train_dataset)

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:  # noqa: ARG002
        self.model.save_pretrained(output_dir or self.args.output_dir, save_embedding_layers=False)


class _Sealing(TrainerCallback):  # type: ignore[misc]
    """Seals each checkpoint once it is written."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        checkpoints.seal(checkpoints.folder_of(Path(args.output_dir), state.global_step))


class _Finite(TrainerCallback):  # type: ignore[misc]
    """Stops a training whose loss is no number any more: nothing good comes after."""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
        if any(not math.isfinite((logs or {}).get(name, 0.0)) for name in ("loss", "eval_loss")):
            raise TrainingError(
                "the loss is not a number any more",
                found=f"after {state.global_step} steps",
                expected="a finite loss",
                mend="lower --rate, then start anew with --fresh",
            )


def arguments(folder: Path, recipe: Recipe, steps: int, *, on_gpu: bool, start: bool) -> TrainingArguments:
    """The trainer's own words for a recipe; ``start``: the base is evaluated before the first step."""
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=recipe.rows,
        per_device_eval_batch_size=recipe.rows,
        gradient_accumulation_steps=recipe.rows_a_step // recipe.rows,
        learning_rate=recipe.rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, round(recipe.warmup * steps)),
        weight_decay=0.0,
        max_grad_norm=1.0,
        optim="adamw_torch",
        bf16=on_gpu or has_bfloat16(),
        use_cpu=not on_gpu,
        logging_steps=1,
        logging_nan_inf_filter=False,
        eval_strategy="steps",
        eval_steps=recipe.checkpoint_steps,
        eval_on_start=start,
        save_strategy="steps",
        save_steps=recipe.checkpoint_steps,
        save_total_limit=2,
        metric_for_best_model="loss",
        greater_is_better=False,
        restore_callback_states_from_checkpoint=True,
        prediction_loss_only=True,
        label_names=["labels"],
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        seed=recipe.seed,
        data_seed=recipe.seed,
        report_to="none",
        disable_tqdm=True,
        log_level="error",
    )


def has_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16 itself: elsewhere that is slower than 32 bits."""
    asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(asked and asked())


def train(
    model: Any,
    rows: Rows,
    calibration: Rows,
    how: TrainingArguments,
    patience: int,
    callbacks: Sequence[TrainerCallback],
    resume: Path | None,
) -> Course:
    """Train from the start or from a verified checkpoint. Raises TrainingError or StorageError."""
    trainer = _Trainer(
        model=model,
        args=how,
        train_dataset=rows,
        eval_dataset=calibration,
        data_collator=collate,
        callbacks=[_Finite(), _Sealing(), EarlyStoppingCallback(patience), *callbacks],
    )
    trainer.remove_callback(PrinterCallback)  # it writes every step into the log
    trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    return _course(trainer.state)


def _course(state: Any) -> Course:
    losses = tuple(
        {"step": each["step"], "loss": each["loss"], "rate": each["learning_rate"]}
        for each in state.log_history
        if "loss" in each
    )
    evaluations = tuple(
        {"step": each["step"], "loss": each["eval_loss"]} for each in state.log_history if "eval_loss" in each
    )
    best = min(evaluations, key=lambda each: each["loss"], default={"step": 0, "loss": math.inf})
    if not best["step"]:
        raise TrainingError(
            "the training came to nothing",
            found="no step had a smaller loss on the calibration split than the base alone",
            expected="examples that teach the base something, a rate that is not too high",
            mend="look at the corpus, train longer (--epochs), or lower --rate, with --fresh",
        )
    return Course(int(state.global_step), int(best["step"]), float(best["loss"]), losses, evaluations)
