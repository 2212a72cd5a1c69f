"""Files and folders into a domain's corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.corpora.report import Ingested


@click.command(epilog=example("vortex-tui ingest docs README.md --domain docs"))
@shared
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--domain", "-d", required=True, metavar="NAME", help="The domain whose corpus takes them.")
@click.option("--license", "license_", metavar="TEXT", default="",
              help="Their licence; without it, what files say themselves or lies beside them.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def ingest(setting: Setting, paths: tuple[str, ...], domain: str, license_: str, as_json: bool) -> None:
    """Make examples of text, Markdown, HTML, PDF, source code and JSONL, to train experts on.

    Folders are walked. What is there already, or nearly, is left out; examples that are alike are kept in
    one split of train, router, calibration and gate. Nothing is fetched, and no model is asked.
    """
    from vortex_tui.commands.output import print_json
    from vortex_tui.commands.progress import telling
    from vortex_tui.commands.session import note
    from vortex_tui.corpora.ingest import ingest as run

    with telling() as say:
        found = run(paths, domain, setting.data_dir(), license_, say)
    if as_json:
        print_json(found.document())
    else:
        _show(found)
    for text in found.notes():
        note(text)
    if not found.found:
        note("there was nothing in it to make an example of")
        raise click.exceptions.Exit(1)


def _show(found: Ingested) -> None:
    from vortex_tui.commands.output import stdout_console, table
    from vortex_tui.escape import one_line

    console = stdout_console()
    rows = [(split, new, found.holds[split]) for split, new in found.kept.items()]
    console.print(table("", ("split", "new", "holds"), rows, numeric=("new", "holds")))
    left = [
        (row["count"], row["what"], row["reason"], f"{name['source']} {name['part']}".strip(), name["why"])
        for row in found.reasons()
        for name in row["named"][:1]
    ]
    if left:
        columns = ("left out", "", "reason", "the first", "why")
        console.print(table("", columns, left, numeric=("left out",)))
    console.print(
        f"{found.files_read:,} of {found.files:,} files read; {sum(found.kept.values()):,} of "
        f"{found.found:,} examples kept in {one_line(str(found.folder))}"
    )
