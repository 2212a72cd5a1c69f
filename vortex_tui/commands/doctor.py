"""What this machine has, what the profile needs, and what mends the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from rich.console import RenderableType

    from vortex_tui.doctor.report import Check, Report

_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red", "skip": "dim"}


@click.command(epilog=example("vortex-tui doctor --profile rtx4080_16gb_120b_like"))
@shared
@click.option("--json-out", metavar="FILE", help="The report as JSON; - for stdout.")
def doctor(setting: Setting, json_out: str | None) -> None:
    """Check Python, packages, GPU, weights, folders and experts; exit 1 when something fails."""
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.output import stderr_console, stdout_console
    from vortex_tui.doctor.run import shallow

    out = OutFile(json_out) if json_out else None
    if out:
        out.check()
    report = shallow(setting.profile(), setting.data_dir())
    console = stderr_console() if out and out.is_stdout else stdout_console()
    console.print(_table(report))
    if out:
        out.write(report.to_json())
    if not report.ok:
        raise click.exceptions.Exit(1)


def _table(report: Report) -> RenderableType:
    from rich.text import Text

    from vortex_tui.commands.output import table

    rows = [
        (Text(check.status, _COLOURS[check.status]), check.title, _details(check)) for check in report.checks
    ]
    return table("", ("", "check", "found"), rows)


def _details(check: Check) -> RenderableType:
    from rich.text import Text

    from vortex_tui.escape import one_line

    lines = [one_line(check.found)]
    if check.status in ("warn", "fail"):
        parts = (("expected", check.expected), ("mend", check.mend))
        lines += [f"{label}: {one_line(text)}" for label, text in parts if text]
    return Text("\n".join(lines))
