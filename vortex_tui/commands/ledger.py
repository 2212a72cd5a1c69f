"""The ledger of promotions: shown, verified, and the ways out of one that is broken."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared
from vortex_tui.escape import one_line

if TYPE_CHECKING:
    from vortex_tui.promotion.line import Line
    from vortex_tui.promotion.verification import Verification

SCHEMA = 1
_WORD = "begin anew"


@click.command(epilog=example("vortex-tui ledger --verify"))
@shared
@click.option("--verify", "verified", is_flag=True, help="Say whether every line is as it was written.")
@click.option("--mend", "mended", is_flag=True, help="Make the champions those of the ledger again.")
@click.option("--begin-anew", "anew", is_flag=True, help="Keep this ledger aside and begin another.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def ledger(setting: Setting, verified: bool, mended: bool, anew: bool, as_json: bool) -> None:
    """Show every decision about experts: judged, approved, promoted, refused, rolled back, removed."""
    if verified + mended + anew > 1:
        raise click.UsageError("--verify, --mend and --begin-anew exclude each other")
    if anew:
        _begin_anew(setting)
    elif mended:
        _mend(setting)
    else:
        _show(setting, as_json, verified)


def _show(setting: Setting, as_json: bool, verified: bool) -> None:
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.promotion.verification import verify

    found = verify(setting.data_dir())
    if as_json:
        print_json({"schema": SCHEMA, **_document(found, verified)})
    elif verified:
        click.echo(f"{len(found.lines)} lines, whole" if found.ok else one_line(found.told))
        for note in found.notes:
            click.echo(one_line(note), err=True)
    else:
        columns = ("line", "time", "event", "domain", "candidate", "why")
        stdout_console().print(table("", columns, map(_row, found.lines), numeric=("line",)))
    if not found.ok:
        if not verified:
            click.echo(one_line(found.told), err=True)
        raise click.exceptions.Exit(1)


def _document(found: Verification, verified: bool) -> dict[str, Any]:
    said = {
        "ok": found.ok,
        "count": len(found.lines),
        "first_broken_line": found.fault.line if found.fault else None,
        "why": found.told,
        "notes": list(found.notes),
    }
    return said if verified else {**said, "lines": [line.plain() for line in found.lines]}


def _row(line: Line) -> tuple[object, ...]:
    candidate = line.candidate.id if line.candidate else ""
    return (line.seq, line.time, line.event.replace("_", " "), line.domain, candidate, line.reason)


def _mend(setting: Setting) -> None:
    from vortex_tui.commands import judging
    from vortex_tui.promotion import anew

    changed = anew.mend(judging.site(setting))
    click.echo("the champions are those of the ledger again" if changed else "they were so already")


def _begin_anew(setting: Setting) -> None:
    from vortex_tui.commands import judging
    from vortex_tui.errors import VortexError
    from vortex_tui.promotion import anew
    from vortex_tui.promotion.verification import verify

    if not sys.stdin.isatty():
        raise click.UsageError("--begin-anew asks a person: it needs a terminal")
    try:
        told = verify(setting.data_dir()).told or "it was whole"
    except VortexError as error:
        told = f"{error.message}: {error.found}"
    question = (
        f"The ledger of {setting.data_dir()}: {told}\nType {_WORD!r} to keep it aside and begin another"
    )
    if click.prompt(question, default="", show_default=False, err=True).strip() != _WORD:
        click.echo("nothing was changed", err=True)
        raise click.exceptions.Exit(1)
    click.echo(one_line(anew.begin(judging.site(setting), f"begun anew by a person; before: {told}").reason))
