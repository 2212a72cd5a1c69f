"""How trainings are shown: a bar a domain on a terminal, lines elsewhere, a table or JSON at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from vortex_tui.commands.output import stderr_console
from vortex_tui.commands.output import table as plain_table
from vortex_tui.escape import one_line
from vortex_tui.training.events import (
    AnyEvent,
    Begun,
    Evaluated,
    Failed,
    Finished,
    Retried,
    Stage,
    Step,
)

if TYPE_CHECKING:
    from rich.table import Table

    from vortex_tui.training.plan import Plan

SCHEMA = 1
_STEPS_BETWEEN_LINES = 25


class Board:
    """Follows the events of a training; use as a context while it runs."""

    def __init__(self, domains: Sequence[str]) -> None:
        self.finished: dict[str, Finished] = {}
        self.failed: dict[str, Failed] = {}
        self._domains = tuple(domains)
        self._calibration: dict[str, float] = {}
        self._bars = _Bars(domains) if sys.stderr.isatty() else None

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains in the order they were named."""
        return self._domains

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.progress.stop()

    def take(self, event: AnyEvent) -> None:
        """Show an event, and keep it when it is a domain's last."""
        if isinstance(event, Finished):
            self.finished[event.domain] = event
        elif isinstance(event, Failed):
            self.failed[event.domain] = event
        elif isinstance(event, Evaluated):
            self._calibration[event.domain] = event.loss
        if isinstance(event, Begun):
            for note in event.notes:
                self._say(event.domain, f"note: {note}")
        share, words = self._words(event)
        if self._bars is not None:
            self._bars.show(event.domain, share, words)
        elif not isinstance(event, Step) or event.step % _STEPS_BETWEEN_LINES == 0:
            self._say(event.domain, words)

    def _words(self, event: AnyEvent) -> tuple[float | None, str]:
        """How far the domain is, 0..1 where that changes, and the words for it."""
        if isinstance(event, Step):
            return event.step / event.steps, self._step(event)
        if isinstance(event, Begun):
            return event.step / event.steps, _begun(event)
        return (1.0 if isinstance(event, Finished) else None), _brief(event)

    def _step(self, event: Step) -> str:
        held = self._calibration.get(event.domain)
        calibration = f", calibration {held:.3f}" if held is not None else ""
        left = f"{int(event.seconds_left) // 60}:{int(event.seconds_left) % 60:02} left"
        return (
            f"step {event.step}/{event.steps}  loss {event.loss:.3f}{calibration}  "
            f"{event.tokens_per_second:,.0f} tokens/s  {left}"
        )

    def _say(self, domain: str, words: str) -> None:
        if self._bars is not None:
            self._bars.progress.console.print(f"{domain}: {one_line(words)}")
            return
        sys.stderr.write(f"{domain}: {one_line(words)}\n")
        sys.stderr.flush()


class _Bars:
    """A bar a domain, on stderr."""

    def __init__(self, domains: Sequence[str]) -> None:
        columns = (
            TextColumn("{task.fields[domain]}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.description}", markup=False),
        )
        self.progress = Progress(*columns, console=stderr_console())
        self._tasks: dict[str, TaskID] = {
            domain: self.progress.add_task("waiting", total=1.0, domain=domain) for domain in domains
        }

    def show(self, domain: str, share: float | None, words: str) -> None:
        self.progress.update(self._tasks[domain], description=one_line(words), completed=share)


def _begun(event: Begun) -> str:
    again = f"goes on at step {event.step} of" if event.step else "trains"
    out = f", {event.left_out} too long" if event.left_out else ""
    return (
        f"{again} {event.steps} steps on {event.examples} examples{out}; "
        f"{event.trained_parameters:,} parameters on {event.device}, at most {event.needed_mb} MiB"
    )


def _brief(event: AnyEvent) -> str:
    if isinstance(event, Stage):
        return event.stage
    if isinstance(event, Evaluated):
        return f"calibration loss {event.loss:.4f} after step {event.step}{', the best' * event.is_best}"
    if isinstance(event, Retried):
        return f"{event.reason}; tried once more"
    if isinstance(event, Finished):
        return f"in quarantine as {event.domain}/{event.run_id}, {event.seconds:.0f} s"
    if isinstance(event, Failed):
        return f"failed: {event.message}"
    return event.event


def table(board: Board) -> Table:
    """What came of each domain; of one that failed, how to mend it."""
    columns = ("domain", "expert", "steps", "base loss", "loss", "seconds")
    told = {name: _result(done) for name, done in board.finished.items()}
    told |= {name: _failure(failed) for name, failed in board.failed.items()}
    rows = [(name, *told[name]) for name in board.domains if name in told]
    return plain_table("", columns, rows, numeric=columns[2:])


def _result(done: Finished) -> tuple[object, ...]:
    base = "n/a" if done.base_loss is None else f"{done.base_loss:.3f}"
    return f"{done.domain}/{done.run_id}", done.step, base, f"{done.loss:.3f}", f"{done.seconds:.0f}"


def _failure(failed: Failed) -> tuple[object, ...]:
    words = [failed.message]
    words += [f"{name} {text}" for name, text in (("found", failed.found), ("mend", failed.mend)) if text]
    return "; ".join(words), "", "", "", ""


def document(plan: Plan, board: Board) -> dict[str, Any]:
    """What came of it as JSON values."""
    by_name = {job.domain: job for job in plan.jobs}
    experts = []
    for name in board.domains:
        if (done := board.finished.get(name)) is not None:
            folder = Path(by_name[name].quarantine) / name / done.run_id
            told = done.model_dump(mode="json", exclude={"event"})
            experts.append({"state": "finished", "id": f"{name}/{done.run_id}", "folder": str(folder)} | told)
        elif (failed := board.failed.get(name)) is not None:
            experts.append({"state": "failed"} | failed.model_dump(mode="json", exclude={"event"}))
    return {"schema": SCHEMA, "ok": not board.failed, "experts": experts}
