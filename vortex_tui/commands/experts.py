"""The bank of experts, read without an engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared
from vortex_tui.escape import one_line

if TYPE_CHECKING:
    from vortex_tui.experts.bank import BankEntry

SCHEMA = 1
_SHOWN = 8
_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group(epilog=example("vortex-tui experts list"))
def experts() -> None:
    """The bank of LoRA experts: what is in it, and whether it is whole."""


@experts.command("list", epilog=example("vortex-tui experts list --json"))
@shared
@_JSON
def list_(setting: Setting, as_json: bool) -> None:
    """List every expert, those that cannot be used with the reason; * serves its domain."""
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.experts import bank

    entries = _entries(setting)
    serving = {entry.folder for entry in bank.champions(entries).values()}
    if as_json:
        rows = [{**_row(entry), "champion": entry.folder in serving} for entry in entries]
        print_json({"schema": SCHEMA, "experts": rows})
        return
    columns = ("", "expert", "title", "rank", "KiB", "state")
    shown = [
        (
            "*" if entry.folder in serving else "",
            entry.id,
            entry.manifest.title if entry.manifest else "",
            entry.manifest.rank if entry.manifest else "",
            entry.bytes // 1024,
            _state(entry),
        )
        for entry in entries
    ]
    stdout_console().print(table("", columns, shown, numeric=("rank", "KiB")))


@experts.command(epilog=example("vortex-tui experts show arithmetic"))
@shared
@click.argument("name")
@_JSON
def show(setting: Setting, name: str, as_json: bool) -> None:
    """Show one expert's manifest; NAME is a domain or a domain/run."""
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.experts import bank

    document = _full(bank.find(name, _entries(setting)))
    if as_json:
        print_json({"schema": SCHEMA, "expert": document})
    else:
        stdout_console().print(table("", ("", ""), [(key, _brief(value)) for key, value in document.items()]))


@experts.command(epilog=example("vortex-tui experts verify"))
@shared
@click.argument("names", nargs=-1)
@_JSON
def verify(setting: Setting, names: tuple[str, ...], as_json: bool) -> None:
    """Read adapters whole and check hashes, shapes and base; all of them when none is named."""
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.experts import bank

    # Never from the index: what is verified is what lies on the disk; the index is renewed by it.
    entries = _entries(setting, believed=False)
    chosen = [bank.find(name, entries) for name in names] if names else entries
    problems = [(entry.id, bank.verify(entry)) for entry in chosen]
    if as_json:
        found = [{"id": id, "ok": not problem, "problem": problem} for id, problem in problems]
        print_json({"schema": SCHEMA, "ok": not any(p for _, p in problems), "experts": found})
    else:
        rows = [(id, problem or "whole") for id, problem in problems]
        stdout_console().print(table("", ("expert", "result"), rows))
    if any(problem for _, problem in problems):
        raise click.exceptions.Exit(1)


@experts.command(epilog=example("vortex-tui experts convert arithmetic"))
@shared
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every expert that can be used with this base.")
@_JSON
def convert(setting: Setting, names: tuple[str, ...], every: bool, as_json: bool) -> None:
    """Make the GGUF adapters that llama.cpp loads; an expert in use is also converted by itself, once."""
    if every == bool(names):
        raise click.UsageError("name the experts to convert, or give --all")
    from vortex_tui.commands.conversion import converted
    from vortex_tui.commands.output import print_json, stdout_console, table

    rows = converted(setting, names)
    ok = not any(row.problem for row in rows)
    if as_json:
        print_json({"schema": SCHEMA, "ok": ok, "experts": [row.document() for row in rows]})
    else:
        shown = [(row.id, row.bytes // 1024 or "", row.state, row.short_file) for row in rows]
        folder = next((str(Path(row.file).parent) for row in rows if row.file), "")
        columns = ("expert", "KiB", "result", "file")
        stdout_console().print(table(one_line(folder), columns, shown, numeric=("KiB",)))
    if not ok:
        raise click.exceptions.Exit(1)


@experts.command(epilog=example("vortex-tui experts remove sums/run-1"))
@shared
@click.argument("id")
@click.option("--candidate", is_flag=True, help="A run in quarantine, not an expert of the bank.")
@_JSON
def remove(setting: Setting, id: str, candidate: bool, as_json: bool) -> None:
    """Remove an expert's files; never those of a champion or of the three before it. ID is domain/run."""
    from vortex_tui.commands import judging
    from vortex_tui.commands.output import print_json
    from vortex_tui.promotion import removal

    line = removal.remove(judging.site(setting), id, candidate=candidate)
    if as_json:
        print_json({"schema": SCHEMA, "line": line.plain()})
    else:
        click.echo(f"{one_line(id)} was removed")


def _entries(setting: Setting, *, believed: bool = True) -> list[BankEntry]:
    from vortex_tui.doctor.bank import entries
    from vortex_tui.experts.bank_index import folder_of

    data_dir = setting.data_dir()
    return entries(setting.profile(), data_dir, folder_of(data_dir), believed=believed)


def _state(entry: BankEntry) -> str:
    """In words: without exemplars no router can know what an expert is for."""
    if entry.problem or entry.manifest is None:
        return entry.problem
    return "usable" if entry.manifest.exemplar_count else "by name only"


def _row(entry: BankEntry) -> dict[str, Any]:
    manifest = entry.manifest
    return {
        "id": entry.id,
        "domain": manifest.domain if manifest else entry.folder.parent.name,
        "title": manifest.title if manifest else "",
        "content_hash": manifest.content_hash if manifest else None,
        "rank": manifest.rank if manifest else None,
        "bytes": entry.bytes,
        "exemplars": manifest.exemplar_count if manifest else 0,
        "usable": not entry.problem,
        "problem": entry.problem,
    }


def _full(entry: BankEntry) -> dict[str, Any]:
    manifest = entry.manifest.reread().model_dump(mode="json") if entry.manifest else {}
    return {**_row(entry), "folder": str(entry.folder), **manifest}


def _brief(value: object) -> str:
    if isinstance(value, (list, tuple)):
        rest = f" … ({len(value)})" if len(value) > _SHOWN else ""
        return ", ".join(map(str, value[:_SHOWN])) + rest
    return (
        ", ".join(f"{key} {part}" for key, part in value.items()) if isinstance(value, dict) else str(value)
    )
