"""Promote a candidate, approve it, reject it; go back to the champion before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared
from vortex_tui.escape import one_line

if TYPE_CHECKING:
    from vortex_tui.promotion.line import Line
    from vortex_tui.promotion.report import GateReport
    from vortex_tui.promotion.site import Site
    from vortex_tui.promotion.terms import Judge

SCHEMA = 1
_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.command(epilog=example("vortex-tui promote sums/run-1 --approve"))
@shared
@click.argument("id")
@click.option("--approve", "approved", is_flag=True, help="Approve it, at a terminal, and carry it out.")
@click.option("--reject", "reason", metavar="REASON", help="Say no to it; the ledger keeps the reason.")
@_JSON
def promote(setting: Setting, id: str, approved: bool, reason: str | None, as_json: bool) -> None:
    """Judge a candidate, or carry out the promotion that was approved; ID is domain/run.

    Without options the gates judge it, or an approval that lies in the data folder is carried out.

    Exit codes: 0 promoted, or judged PROMOTE; 1 refused, or REJECT; 3 INCONCLUSIVE.
    """
    if approved and reason is not None:
        raise click.UsageError("--approve and --reject exclude each other")
    from vortex_tui.commands import judging
    from vortex_tui.promotion import approval, promote

    site = judging.site(setting)
    if reason is not None:
        _tell(promote.reject(site, id, reason), as_json)
        return
    judge = judging.judge(setting)
    terms = judging.terms(setting, judge)
    if approved:
        _ask(promote.ready(site, id, terms), site)
    elif not approval.file_of(site.data_dir).exists():
        _judged(judge, site, id, as_json)
        return
    _tell(promote.promote(site, id, terms), as_json)


def _ask(found: GateReport, site: Site) -> None:
    """Show what would be approved, and approve it when the candidate's id is typed. Raises PromotionError."""
    from vortex_tui.promotion.confirmation import confirmed

    if not sys.stdin.isatty():
        raise click.UsageError("--approve asks a person: it needs a terminal")
    typed = click.prompt(_question(found), default="", show_default=False, err=True, prompt_suffix=": ")
    confirmed(site, found, typed)


def _question(found: GateReport) -> str:
    champion = found.champion.id if found.champion else "nobody: the base answers alone"
    return "\n".join(
        [
            f"candidate  {one_line(found.candidate.id)}  {found.candidate.content_hash[:16]}…",
            f"champion   {one_line(champion)}",
            f"gates      {found.verdict}, {len(found.gates)} of them, {one_line(found.created)}",
            f"report     {found.hash[:16]}…",
            "",
            "Type the candidate's id to make it the champion",
        ]
    )


def _judged(judge: Judge, site: Site, id: str, as_json: bool) -> None:
    from vortex_tui.commands.judge import CODES
    from vortex_tui.commands.judged import parts
    from vortex_tui.commands.output import print_json, stdout_console

    found = judge.judge(site.candidate(id))
    if as_json:
        print_json({"schema": SCHEMA, "report": found.hash, **found.model_dump(mode="json", by_alias=True)})
    else:
        console = stdout_console()
        for part in parts(found, blocks=console.encoding.startswith("utf")):
            console.print(part)
    if code := CODES[found.verdict]:
        raise click.exceptions.Exit(code)


@click.command(epilog=example("vortex-tui rollback arithmetic"))
@shared
@click.argument("domain", required=False)
@_JSON
def rollback(setting: Setting, domain: str | None, as_json: bool) -> None:
    """Go back to the champion before; without DOMAIN, in the domain that was promoted last."""
    from vortex_tui.commands import judging
    from vortex_tui.promotion.rollback import rollback as undo

    _tell(undo(judging.site(setting), domain), as_json)


def _tell(line: Line, as_json: bool) -> None:
    from vortex_tui.commands.output import print_json

    if as_json:
        print_json({"schema": SCHEMA, "line": line.plain()})
        return
    now = line.candidate.id if line.candidate else "nobody"
    before = line.champion.id if line.champion else "nobody"
    told = {
        "promoted": f"{now} serves {line.domain}; before it {before}",
        "rolled_back": f"{now} serves {line.domain} again; before it {before}",
        "rejected": f"{line.domain}: rejected",
        "removed": f"{now} was removed",
    }
    click.echo(one_line(told.get(line.event, line.event)))
    if line.reason:
        click.echo(one_line(line.reason), err=True)
