"""What this machine has, what the profile needs, and what mends the difference."""

from __future__ import annotations

import click

from vortex_tui.commands.setting import Setting, example, shared


@click.command(epilog=example("vortex-tui doctor --profile rtx4080_16gb_120b_like"))
@shared
@click.option("--json-out", metavar="FILE", help="The report as JSON; - for stdout.")
def doctor(setting: Setting, json_out: str | None) -> None:
    """Check Python, packages, GPU, weights, folders and experts; exit 1 when something fails."""
    from vortex_tui.commands.checks import checks_table
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.output import stderr_console, stdout_console
    from vortex_tui.doctor.run import shallow

    out = OutFile(json_out) if json_out else None
    if out:
        out.check()
    report = shallow(setting.profile(), setting.data_dir())
    console = stderr_console() if out and out.is_stdout else stdout_console()
    console.print(checks_table(report.checks))
    if out:
        out.write(report.to_json())
    if not report.ok:
        raise click.exceptions.Exit(1)
