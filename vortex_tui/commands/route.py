"""The router's decision alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from rich.console import RenderableType

    from vortex_tui.engine.protocol import Conversation, RoutedMix

SCHEMA = 1


@click.command(epilog=example('vortex-tui route "What is 37 + 58?"'))
@shared
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="The decision as JSON.")
def route(setting: Setting, text: str, as_json: bool) -> None:
    """Show which experts would answer TEXT, with which weights, and why; - reads stdin."""
    from vortex_tui.commands.output import print_json, stdout_console
    from vortex_tui.commands.session import conversation, run_async

    asked = conversation(text)
    routed = run_async(_decide(setting, asked))
    if as_json:
        print_json(document(routed))
    else:
        stdout_console().print(_table(routed))


async def _decide(setting: Setting, asked: Conversation) -> RoutedMix:
    from vortex_tui.commands.session import opened

    async with opened(setting, "route") as session:
        return (await session.engine.route([asked]))[0]


def document(routed: RoutedMix) -> dict[str, Any]:
    """The decision as plain values with its schema version."""
    return {"schema": SCHEMA, **routed.model_dump(mode="json", exclude={"id", "last", "event", "index"})}


def _table(routed: RoutedMix) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from vortex_tui.commands.output import table
    from vortex_tui.escape import one_line

    weights = {share.expert: share.weight for share in routed.mix}
    rows = [
        (
            candidate.expert,
            f"{weights[candidate.expert]:.2f}" if candidate.expert in weights else "",
            f"{candidate.score:.3f}",
            f"{candidate.lexical:.3f}",
            f"{candidate.dense:.3f}",
            candidate.nearest[:60],
        )
        for candidate in routed.candidates
    ]
    columns = ("expert", "weight", "score", "lexical", "dense", "nearest")
    timing = f"{routed.mode}: {routed.reason} ({routed.router_ms:.0f} ms, encoder {routed.encoder_ms:.0f} ms)"
    return Group(table("", columns, rows, numeric=columns[1:5]), Text(one_line(timing)))
