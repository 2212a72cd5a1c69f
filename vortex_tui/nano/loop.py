"""The training loop that every stage of the recipe shares: steps, checkpoints, a bar."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from vortex_tui.nano.checkpoint import Checkpoint, restore
from vortex_tui.nano.progress import meter

SECONDS_BETWEEN_CHECKPOINTS = 60.0


@dataclass
class Loop:
    """`steps` steps of `optimizers` over `weights`; `schedule` gives a factor of their rates for a step."""

    title: str
    steps: int
    model: Any
    optimizers: list[torch.optim.Optimizer]
    schedule: Callable[[int], float]
    rng: random.Random
    checkpoint: Checkpoint | None = None

    def run(self, loss_of: Callable[[int], torch.Tensor]) -> Any:
        """Train on `loss_of(step)`, from the checkpoint where there is one; return the model."""
        schedules = [torch.optim.lr_scheduler.LambdaLR(o, self.schedule) for o in self.optimizers]
        done = self._resume(schedules)
        saved = time.monotonic()
        self.model.train()
        with meter(self.title, self.steps, done) as bar:
            for step in range(done, self.steps):
                bar.step(self._step(loss_of(step), schedules))
                if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS or step + 1 == self.steps:
                    self._save(step + 1, schedules)
                    saved = time.monotonic()
        return self.model.eval()

    def _step(self, loss: torch.Tensor, schedules: list[Any]) -> float:
        """Take one step and return its loss."""
        torch.autograd.backward(loss)
        weights = [p for p in self.model.parameters() if p.requires_grad]
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        for optimizer, schedule in zip(self.optimizers, schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
        return float(loss.detach())

    def _weights(self) -> dict[str, torch.Tensor]:
        """Return what is trained, by name."""
        return {name: p.detach() for name, p in self.model.named_parameters() if p.requires_grad}

    def _save(self, step: int, schedules: list[Any]) -> None:
        if self.checkpoint is None:
            return
        state: dict[str, Any] = {"step": step, "weights": self._weights()}
        if step < self.steps:
            state |= {
                "optimizers": [o.state_dict() for o in self.optimizers],
                "schedules": [s.state_dict()["last_epoch"] for s in schedules],
            }
        self.checkpoint.save(state, self.rng)

    def _resume(self, schedules: list[Any]) -> int:
        """Return how many steps are done already, with everything put back to that moment."""
        state = self.checkpoint.load() if self.checkpoint else None
        if state is None:
            return 0
        for name, weight in self._weights().items():
            weight.copy_(state["weights"][name])
        done: int = state["step"]
        if done < self.steps:
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            for schedule in schedules:
                schedule.last_epoch = done
        restore(self.rng, state["rng"])
        return done
