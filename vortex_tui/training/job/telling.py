"""The trainer's steps as events."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback

from vortex_tui.training.events import AnyEvent, Evaluated, Step
from vortex_tui.training.job.rows import Rows

# Speed and what is left are told from the last so many steps.
_WINDOW = 20


class Telling(TrainerCallback):  # type: ignore[misc]  # transformers is not typed
    """Tells steps with their speed, and evaluations. A step reads the next ``rows_a_step`` rows."""

    def __init__(self, domain: str, rows: Rows, rows_a_step: int, say: Callable[[AnyEvent], None]) -> None:
        self._domain, self._rows, self._rows_a_step, self._say = domain, rows, rows_a_step, say
        self._steps: deque[tuple[float, int]] = deque(maxlen=_WINDOW)
        self._began = 0.0
        self._best: float | None = None

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        self._began = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
        if not logs or "loss" not in logs:
            return
        first = (state.global_step - 1) * self._rows_a_step
        tokens = sum(self._rows.tokens(at) for at in range(first, first + self._rows_a_step))
        self._steps.append((time.monotonic() - self._began, tokens))
        seconds = sum(taken for taken, _ in self._steps)
        left = state.max_steps - state.global_step
        self._say(
            Step(
                domain=self._domain,
                step=state.global_step,
                steps=state.max_steps,
                loss=float(logs["loss"]),
                rate=float(logs["learning_rate"]),
                tokens_per_second=sum(read for _, read in self._steps) / max(seconds, 1e-9),
                seconds_left=left * seconds / len(self._steps),
            )
        )

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any, **_: Any) -> None:  # noqa: ARG002
        loss = float(metrics["eval_loss"])
        before = self._best if self._best is not None else state.best_metric
        is_best = state.global_step > 0 and (before is None or loss < before)
        self._best = loss if before is None else min(loss, before)
        self._say(Evaluated(domain=self._domain, step=state.global_step, loss=loss, is_best=is_best))
