"""Judge a candidate in quarantine: every gate, on this machine, and a report that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.promotion.report import GateReport

# A report of a bank that moves hundreds of prompts is about as large.
_ROOM = 2 * 1024 * 1024
CODES = {"PROMOTE": 0, "REJECT": 1, "INCONCLUSIVE": 3}


@click.command(epilog=example("vortex-tui judge roman/run-1 --json-out report.json"))
@shared
@click.argument("name", metavar="ID")
@click.option("--json-out", metavar="FILE", help="The report as JSON; - for stdout.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FOLDER",
    help="Where its training data lies, besides corpora/ of the data folder; may be repeated.",
)
def judge(setting: Setting, name: str, json_out: str | None, data: tuple[Path, ...]) -> None:
    """Judge the candidate ID (domain/run, as it lies in quarantine) inside the whole bank; nothing is moved.

    The report is kept in logs/reports of the data folder, under its hash.

    Exit codes: 0 PROMOTE; 1 REJECT, or refused; 3 INCONCLUSIVE: not shown, so not promoted.
    """
    from vortex_tui.commands.judged import parts
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.output import stderr_console, stdout_console

    out = OutFile(json_out) if json_out else None
    if out:
        out.check(_ROOM)
    report = judged(setting, name, data)
    if out:
        out.write(report.model_dump(mode="json", by_alias=True))
    console = stderr_console() if out and out.is_stdout else stdout_console()
    for part in parts(report, blocks=console.encoding.startswith("utf")):
        console.print(part)
    if code := CODES[report.verdict]:
        raise click.exceptions.Exit(code)


def judged(setting: Setting, name: str, elsewhere: tuple[Path, ...] = ()) -> GateReport:
    """The candidate's report, made now and in the ledger, with words on stderr. Raises VortexError."""
    from vortex_tui.commands.progress import telling
    from vortex_tui.commands.session import check_weights, note, run_async
    from vortex_tui.promotion import candidate
    from vortex_tui.promotion.judge import judge as decide
    from vortex_tui.promotion.ledger import Ledger
    from vortex_tui.promotion.line import about

    profile, data_dir = setting.profile(), setting.data_dir()
    folder = candidate.find(data_dir, name)
    check_weights(profile)
    try:
        with telling() as say:
            found = run_async(
                decide(profile, data_dir, folder, mock=setting.mock, elsewhere=elsewhere, say=say)
            )
    except KeyboardInterrupt:
        note(
            "stopped; nothing is decided. What was answered is kept, and the same command goes on from there"
        )
        raise
    Ledger(data_dir).append(about(found, "judged"))
    return found
