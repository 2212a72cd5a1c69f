"""Before the first load: is there a safe way to load this profile, and with which files?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.preparing.case import OnHashed

_SHOWN_BYTES = 256 * 1024 * 1024


@click.command("prepare-model", epilog=example("vortex-tui prepare-model --profile rtx4080_16gb_120b_like"))
@shared
@click.option("--json-out", metavar="FILE", help="The record as JSON; - for stdout.")
def prepare_model(setting: Setting, json_out: str | None) -> None:
    """Find a safe way to load the profile's model, without loading it; exit 1 when there is none.

    Checks route, packages, files, memory and tokenizer, hashes every file, and keeps the record in the data
    folder. On Windows a profile is not loaded without it.
    """
    from vortex_tui.commands.checks import checks_table
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.output import stderr_console, stdout_console
    from vortex_tui.escape import one_line
    from vortex_tui.preparing.run import prepare

    out = OutFile(json_out) if json_out else None
    if out:
        out.check()
    with _progress() as on_hashed:
        found = prepare(setting.profile(), setting.data_dir(), on_hashed)
    console = stderr_console() if out and out.is_stdout else stdout_console()
    console.print(checks_table(found.checks))
    kept = found.save()
    verdict = "safe to load" if found.safe else f"no safe route: {', '.join(found.failed)}"
    console.print(f"{verdict}; kept in {one_line(str(kept))}", soft_wrap=True)
    if out:
        out.write(found.to_json())
    if not found.safe:
        raise click.exceptions.Exit(1)


@contextmanager
def _progress() -> Iterator[OnHashed]:
    """A bar for each big file, where somebody sees it."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from vortex_tui.commands.output import stderr_console
    from vortex_tui.escape import one_line

    console = stderr_console()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        tasks = {}

        def on_hashed(name: str, done: int, total: int) -> None:
            if total < _SHOWN_BYTES:
                return
            if name not in tasks:
                tasks[name] = progress.add_task(one_line(name), total=total)
            progress.update(tasks[name], completed=done)

        yield on_hashed
