"""What a long run shows: a bar in a terminal, a line now and then in a log file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console(stderr=True)


class Meter:
    """Counts the steps of one stage."""

    def __init__(self, progress: Progress, title: str, total: int, done: int = 0) -> None:
        """Start counting towards `total` steps, `done` of which are behind."""
        self._progress, self._title, self._total = progress, title, total
        self._task = progress.add_task(title, total=total, completed=done, note="")
        self._done, self._seen, self._mean = done, 0, 0.0

    def step(self, loss: float) -> None:
        """Count one step and show the running mean of the loss."""
        self._done += 1
        self._seen += 1
        self._mean += (loss - self._mean) * max(0.05, 1 / self._seen)
        note = f"loss {self._mean:.4f}"
        self._progress.update(self._task, advance=1, note=note)
        every = max(1, self._total // 12)
        if not console.is_terminal and self._done % every == 0:
            console.print(f"{self._title}: {self._done}/{self._total} {note}")


@contextmanager
def meter(title: str, total: int, done: int = 0) -> Iterator[Meter]:
    """Show a bar for `total` steps while the block runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
               TextColumn("{task.fields[note]}"))  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Meter(progress, title, total, done)


@contextmanager
def stage(title: str, times: dict[str, float]) -> Iterator[None]:
    """Print how long the block took and keep the seconds in `times`."""
    start = time.monotonic()
    yield
    times[title] = round(time.monotonic() - start, 1)
    console.print(f"[bold]{title}[/bold] took {times[title]:.0f} s")
