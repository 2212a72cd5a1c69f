"""What this machine has, what the profile needs, and what mends the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.doctor.context import Context
    from vortex_tui.doctor.report import Check, Status


@click.command(epilog=example("vortex-tui doctor --profile rtx4080_16gb_120b_like"))
@shared
@click.option("--deep", is_flag=True, help="Also load the engine and try it: answers, mixes, cancelling.")
@click.option("--json-out", metavar="FILE", help="The report as JSON; - for stdout.")
def doctor(setting: Setting, deep: bool, json_out: str | None) -> None:
    """Check Python, packages, GPU, weights, folders and experts; exit 1 when something fails."""
    from vortex_tui.commands.checks import checks_table, line
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.output import stderr_console, stdout_console
    from vortex_tui.doctor.context import Context
    from vortex_tui.doctor.report import report

    out = OutFile(json_out) if json_out else None
    if out:
        out.check()
    context = Context(setting.profile(), setting.data_dir(), setting.mock)
    console = stderr_console() if out and out.is_stdout else stdout_console()
    found: list[Check] = []
    for check in _deep(context) if deep else _shallow(context):
        found.append(check)
        # On a terminal somebody waits; a file is read afterwards, in the order of the list.
        if console.is_terminal:
            console.print(line(check))
    told = report(found)
    if not console.is_terminal:
        console.print(checks_table(told.checks))
    console.print(_summary(context, told.counts()), style="bold" if told.ok else "bold red")
    if out:
        out.write(told.to_json())
    if not told.ok:
        raise click.exceptions.Exit(1)


def _summary(context: Context, counts: Mapping[Status, int]) -> str:
    from vortex_tui.escape import one_line

    stands_in = ", with nano's weights (--mock)" if context.mock else ""
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    return f"{one_line(context.profile.name)}{stands_in}: {told}"


def _shallow(context: Context) -> Iterator[Check]:
    from vortex_tui.doctor import run

    return run.stream(run.SHALLOW, context)


def _deep(context: Context) -> Iterator[Check]:
    """The shallow checks, then the trials one by one as the event loop finishes them."""
    import asyncio

    from vortex_tui.doctor import deep, run

    yield from run.stream(deep.SHALLOW, context)
    with asyncio.Runner() as runner:
        trials = deep.stream(context)

        async def following() -> Check | None:
            return await anext(trials, None)

        try:
            while (check := runner.run(following())) is not None:
                yield check
        finally:
            runner.run(trials.aclose())
