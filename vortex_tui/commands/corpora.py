"""What the corpora hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from rich.console import RenderableType

SCHEMA = 1
_SHOWN = 8
_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group(epilog=example("vortex-tui corpora list"))
def corpora() -> None:
    """The texts that experts are trained and judged on, by domain."""


@corpora.command("list", epilog=example("vortex-tui corpora list --json"))
@shared
@_JSON
def list_(setting: Setting, as_json: bool) -> None:
    """List every domain with the examples of its splits."""
    from vortex_tui.commands.output import print_json, stdout_console, table
    from vortex_tui.corpora import overview

    found = overview.summaries(setting.data_dir())
    if as_json:
        rows = [
            {"domain": one.domain, "holds": one.holds, "bytes": one.bytes, "problem": one.problem}
            for one in found
        ]
        print_json({"schema": SCHEMA, "corpora": rows})
        return
    splits = tuple(found[0].holds) if found else ()
    columns = ("domain", *splits, "KiB", "state")
    cells = [(one.domain, *one.holds.values(), one.bytes // 1024, one.problem or "readable") for one in found]
    stdout_console().print(table("", columns, cells, numeric=(*splits, "KiB")))


@corpora.command(epilog=example("vortex-tui corpora show docs --samples 1"))
@shared
@click.argument("domain")
@click.option(
    "--samples", type=click.IntRange(0, 100), default=2, help="Examples of each split; 2 by default."
)
@_JSON
def show(setting: Setting, domain: str, samples: int, as_json: bool) -> None:
    """Show a domain: its splits, where it came from, samples, what was left out and why."""
    from vortex_tui.commands.output import print_json, stdout_console
    from vortex_tui.commands.session import note
    from vortex_tui.corpora import overview

    found = overview.contents(setting.data_dir(), domain, samples)
    if as_json:
        print_json({"schema": SCHEMA, **found})
        return
    console = stdout_console()
    for part in _parts(found):
        console.print(part)
    for text in found["notes"]:
        note(text)


def _parts(found: dict[str, Any]) -> Iterator[RenderableType]:
    from vortex_tui.commands.output import table

    rows = [(split, count, found["clusters"][split]) for split, count in found["holds"].items()]
    yield table("", ("split", "examples", "clusters"), rows, numeric=("examples", "clusters"))
    for field, counted in found["provenance"].items():
        yield table("", ("examples", field), _most(counted), numeric=("examples",))
    samples = [
        (split, _brief(row["prompt"]), _brief(row["response"]), row.get("source", ""))
        for split, some in found["samples"].items()
        for row in some
    ]
    if samples:
        yield table("", ("split", "prompt", "response", "source"), samples)
    left = _left_out(found["history"])
    if left:
        yield table("", ("left out", "", "reason", "such as", "why"), left, numeric=("left out",))


def _most(counted: dict[str, int]) -> list[tuple[int, str]]:
    shown = [(count, name or "not known") for name, count in list(counted.items())[:_SHOWN]]
    rest = list(counted.values())[_SHOWN:]
    return [*shown, (sum(rest), f"{len(rest)} others")] if rest else shown


def _brief(text: str, size: int = 160) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= size else plain[: size - 1] + "…"


def _left_out(history: Sequence[dict[str, Any]]) -> list[tuple[int, str, str, str, str]]:
    """What all ingests left out together, with the last that was named for each reason."""
    counted: Counter[tuple[str, str]] = Counter()
    named: dict[tuple[str, str], dict[str, str]] = {}
    for row in (row for line in history for row in line.get("left_out", ())):
        key = (row["what"], row["reason"])
        counted[key] += row["count"]
        named[key] = row["named"][0]
    return [
        (count, what, reason, f"{named[what, reason]['source']} {named[what, reason]['part']}".strip(),
         named[what, reason]["why"])
        for (what, reason), count in sorted(counted.items())
    ]  # fmt: skip
