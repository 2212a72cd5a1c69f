"""The router's decision alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vortex_tui.engine.protocol import Conversation, RoutedMix
    from vortex_tui.settings import Router

SCHEMA = 2
_SHOWN = 5


@click.command(epilog=example('vortex-tui route "What is 37 + 58?" --explain'))
@shared
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="The decision as JSON, with every feature.")
@click.option("--explain", is_flag=True, help="What the likeliest experts were judged by, and the base.")
@click.option("--mode", metavar="MODE", help="Another router than the profile's, such as lexical.")
@click.option(
    "--experts-shown", type=click.IntRange(min=1), default=_SHOWN, show_default=True, metavar="N",
    help="The N likeliest experts, and the base.",
)  # fmt: skip
def route(
    setting: Setting, text: str, as_json: bool, explain: bool, mode: str | None, experts_shown: int
) -> None:
    """Show which experts would answer TEXT, with which weights, and why; - reads stdin."""
    from vortex_tui.commands.output import print_json, stdout_console
    from vortex_tui.commands.routed import explained, told
    from vortex_tui.commands.session import conversation, run_async

    asked, router = conversation(text), _router(setting, mode)
    routed, names = run_async(_decide(setting, asked, router))
    if as_json:
        print_json(document(routed))
        return
    console = stdout_console()
    console.print(told(routed, names, experts_shown, blocks=console.encoding.startswith("utf")))
    if explain:
        console.print(explained(routed, names))


def _router(setting: Setting, mode: str | None) -> Router | None:
    """The profile's router in another mode; None for its own. Raises UsageError for an unknown one."""
    from vortex_tui.errors import UsageError
    from vortex_tui.escape import one_line
    from vortex_tui.settings import ROUTER_MODES, foreign_modes

    if mode is None:
        return None
    known = (*ROUTER_MODES, *foreign_modes())
    if mode not in known:
        raise UsageError(
            f"there is no router mode {one_line(mode)!r}", expected=f"one of {one_line(', '.join(known))}"
        )
    return setting.profile().experts.router.model_copy(update={"mode": mode})


async def _decide(
    setting: Setting, asked: Conversation, router: Router | None
) -> tuple[RoutedMix, Mapping[str, str]]:
    """The decision, and the short names of the bank's experts."""
    from vortex_tui.commands.session import opened
    from vortex_tui.experts import names

    async with opened(setting, "route") as session:
        (routed,) = await session.engine.route([asked], router)
        bank = await session.engine.experts()
    return routed, names.short({expert.id: expert.domain for expert in bank})


def document(routed: RoutedMix) -> dict[str, Any]:
    """The decision as plain values with its schema version."""
    return {"schema": SCHEMA, **routed.model_dump(mode="json", exclude={"id", "last", "event", "index"})}
