"""What waits in quarantine."""

from __future__ import annotations

import click

from vortex_tui.commands.setting import Setting, example, shared

SCHEMA = 1


@click.command(epilog=example("vortex-tui candidates"))
@shared
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def candidates(setting: Setting, as_json: bool) -> None:
    """List the trained experts in quarantine, what the gates said of each, and what was decided."""
    from vortex_tui.commands import judging
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.promotion.candidates import candidates as waiting
    from vortex_tui.promotion.ledger import Ledger

    site = judging.site(setting)
    _, chain = Ledger(site.data_dir).examine()
    found = waiting(site, chain.lines)
    if as_json:
        print_json({"schema": SCHEMA, "candidates": [each.document() for each in found]})
        return
    rows = [
        (
            each.entry.id,
            each.created,
            each.state,
            each.report.verdict if each.report else "",
            each.entry.problem or (each.last.reason if each.last else ""),
        )
        for each in found
    ]
    stdout_console().print(table("", ("candidate", "trained", "state", "verdict", "last said"), rows))
