"""Profiles: those shipped, and the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from rich.text import Text

    from vortex_tui.doctor.profiles import Row
    from vortex_tui.profile import Profile

SCHEMA = 1
_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")
_SET = click.option(
    "--set",
    "texts",
    multiple=True,
    metavar="KEY=VALUE",
    help="A key's new value; may be given several times.",
)


@click.group(epilog=example("vortex-tui profiles list"))
def profiles() -> None:
    """Profiles: what is run, on which budget, under which rules."""


@profiles.command("list", epilog=example("vortex-tui profiles list --json"))
@shared
@_JSON
def list_(setting: Setting, as_json: bool) -> None:
    """List every profile by name: where it is from, what it runs, what is wrong with it."""
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.doctor.profiles import look

    rows = look(setting.data_dir())
    if as_json:
        print_json({"schema": SCHEMA, "profiles": [row.to_json() for row in rows]})
        return
    told = [(row.name, row.origin, row.backend, row.ctx_tokens or "", _details(row)) for row in rows]
    columns = ("profile", "from", "backend", "context", "model, problem, file")
    stdout_console().print(table("", columns, told, numeric=("context",)))


def _details(row: Row) -> Text:
    from rich.text import Text

    from vortex_tui.escape import one_line

    return Text("\n".join(one_line(part) for part in (row.model, row.problem, row.file) if part))


@profiles.command(epilog=example("vortex-tui profiles show nano"))
@shared
@click.argument("name", required=False)
@_JSON
def show(setting: Setting, name: str | None, as_json: bool) -> None:
    """Show every key with its value, * where it is not the default, and what the key is for."""
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.profile_help import described

    profile = _named(setting, name)
    keys = described(profile)
    if as_json:
        told: list[dict[str, Any]] = [
            {
                "key": k.name,
                "value": k.value,
                "default": k.default,
                "is_default": k.is_default,
                "help": k.help,
            }
            for k in keys
        ]
        print_json({"schema": SCHEMA, "profile": profile.name, "keys": told})
        return
    rows = [("" if k.is_default else "*", k.name, _shown(k.value), _shown(k.default), k.help) for k in keys]
    stdout_console().print(table(profile.name, ("", "key", "value", "default", "what it is for"), rows))


@profiles.command(epilog=example("vortex-tui profiles new mine --from nano --set budget.ctx_tokens=2048"))
@shared
@click.argument("name")
@click.option("--from", "base", metavar="BASE", help="The profile to begin with; nano by default.")
@_SET
@click.option("--force", is_flag=True, help="Also over a profile of yours with that name.")
@_JSON
def new(
    setting: Setting, name: str, base: str | None, texts: tuple[str, ...], force: bool, as_json: bool
) -> None:
    """Write a profile of your own, every key spelt out."""
    from vortex_tui import profile_files

    sets = profile_files.assignments(texts)
    file = profile_files.create(name, _named(setting, base), sets, force=force)
    _tell(name, str(file), sets, as_json)


@profiles.command(epilog=example("vortex-tui profiles edit mine --set decode.temperature=0.2"))
@shared
@click.argument("name")
@_SET
@_JSON
def edit(setting: Setting, name: str, texts: tuple[str, ...], as_json: bool) -> None:  # noqa: ARG001
    """Change keys of a profile of your own; its comments and its order are kept."""
    from vortex_tui import profile as files
    from vortex_tui import profile_files

    if not texts:
        raise click.UsageError("nothing to change: --set KEY=VALUE")
    sets = profile_files.assignments(texts)
    file = files.locate(name)
    profile_files.edit(file, sets)
    _tell(name, str(file), sets, as_json)


@profiles.command(epilog=example("vortex-tui profiles diff nano nano_gguf"))
@shared
@click.argument("first")
@click.argument("second")
@_JSON
def diff(setting: Setting, first: str, second: str, as_json: bool) -> None:
    """Show the keys in which two profiles differ."""
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.profile_help import flat

    left, right = flat(_named(setting, first)), flat(_named(setting, second))
    keys = [key for key, value in left.items() if right[key] != value]
    if as_json:
        told = [{"key": key, "first": left[key], "second": right[key]} for key in keys]
        print_json({"schema": SCHEMA, "first": first, "second": second, "keys": told})
        return
    rows = [(key, _shown(left[key]), _shown(right[key])) for key in keys]
    stdout_console().print(table("", ("key", first, second), rows) if rows else "no key differs")


def _named(setting: Setting, name: str | None) -> Profile:
    """The profile of that name, else the one the command was given; nano's weights under ``--mock``."""
    return Setting(name or setting.profile_name, setting.data, setting.mock).profile()


def _tell(name: str, file: str, sets: dict[str, Any], as_json: bool) -> None:
    from vortex_tui.commands.output import print_json
    from vortex_tui.escape import one_line

    if as_json:
        print_json({"schema": SCHEMA, "profile": name, "file": file, "set": sets})
    else:
        click.echo(f"written to {one_line(file)}")


def _shown(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
