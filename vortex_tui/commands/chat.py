"""One answer on stdout, and nothing else there."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.engine.protocol import Choice, Conversation, Done, RoutedMix, Sampling
    from vortex_tui.profile import Profile

SCHEMA = 1


@click.command(epilog=example('vortex-tui chat -m "What is 37 + 58?"'))
@shared
@click.option("-m", "--message", required=True, metavar="TEXT", help="The prompt; - reads it from stdin.")
@click.option("--json", "as_json", is_flag=True, help="The answer with its mix and timings as JSON.")
@click.option("--experts", metavar="A=W,B=W", help="This mix instead of the router's.")
@click.option("--no-experts", is_flag=True, help="The base alone.")
@click.option("--max-new-tokens", type=click.IntRange(min=1), help="Tokens to answer with at most.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="The same seed gives the same answer.")
def chat(
    setting: Setting,
    message: str,
    as_json: bool,
    experts: str | None,
    no_experts: bool,
    max_new_tokens: int | None,
    seed: int | None,
) -> None:
    """Answer one prompt: the answer goes to stdout, as it is made."""
    from vortex_tui.commands.session import conversation, run_async

    choice = _choice(experts, no_experts)
    asked = conversation(message)
    profile = setting.profile()
    sampling = _sampling(profile, max_new_tokens, seed)
    run_async(_answer(setting, asked, sampling, choice, as_json))


def _choice(experts: str | None, no_experts: bool) -> Choice:
    from vortex_tui.engine.protocol import BARE, ROUTED, Named
    from vortex_tui.experts import mix

    if experts is not None and no_experts:
        raise click.UsageError("--experts and --no-experts exclude each other")
    if no_experts:
        return BARE
    return Named(weights=mix.parse(experts)) if experts is not None else ROUTED


def _sampling(profile: Profile, max_new_tokens: int | None, seed: int | None) -> Sampling:
    from vortex_tui.engine.api import sampling_of

    typed = {"max_new_tokens": max_new_tokens, "seed": seed}
    given = {name: value for name, value in typed.items() if value is not None}
    return sampling_of(profile.decode).model_copy(update=given)


async def _answer(
    setting: Setting, asked: Conversation, sampling: Sampling, choice: Choice, as_json: bool
) -> None:
    from vortex_tui.commands.output import print_json
    from vortex_tui.commands.session import note, opened
    from vortex_tui.engine.protocol import Done, RoutedMix, Token

    routed: RoutedMix | None = None
    async with (
        opened(setting, "chat") as session,
        aclosing(session.engine.generate([asked], sampling, choice)) as answer,
    ):
        async for event in answer:
            if isinstance(event, RoutedMix):
                routed = event
            elif isinstance(event, Token) and not as_json:
                _write(event.text)
            elif isinstance(event, Done):
                print_json(_document(session.profile, event, routed)) if as_json else _write("\n")
                if event.dropped_tokens:
                    note(f"{event.dropped_tokens} tokens of the prompt did not fit and were left out")


def _write(text: str) -> None:
    from vortex_tui.escape import visible

    sys.stdout.write(visible(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def _document(profile: Profile, done: Done, routed: RoutedMix | None) -> dict[str, Any]:
    hidden = {"id", "last", "event", "index"}
    return {
        "schema": SCHEMA,
        "profile": profile.name,
        **done.model_dump(mode="json", exclude=hidden),
        "routed": routed.model_dump(mode="json", exclude=hidden) if routed else None,
    }
