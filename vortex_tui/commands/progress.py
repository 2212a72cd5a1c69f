"""How far a long command is: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vortex_tui.evaluation.answers import Say

_SECONDS_BETWEEN_LINES = 15.0


@contextlib.contextmanager
def telling() -> Iterator[Say]:
    """A bar on stderr where that is a terminal; else a line when a stage begins and now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from vortex_tui.commands.output import stderr_console

    columns = (BarColumn(bar_width=20), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=stderr_console(), transient=True) as progress:
        task = progress.add_task("starting", total=1.0)
        yield lambda stage, share: progress.update(task, description=stage, completed=share)


def _lines() -> Say:
    last, told_at = "", 0.0

    def say(stage: str, share: float) -> None:
        nonlocal last, told_at
        name, now = stage.partition(":")[0], time.monotonic()
        if name != last or now - told_at > _SECONDS_BETWEEN_LINES:
            last, told_at = name, now
            sys.stderr.write(f"{stage} ({share:.0%})\n")
            sys.stderr.flush()

    return say
