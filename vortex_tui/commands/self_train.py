"""``self-train``: new feedback becomes a candidate in quarantine; a person decides what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.learning.service import Done, Look
    from vortex_tui.learning.site import LearningSite, Say

SCHEMA = 1


@click.command(epilog=example("vortex-tui self-train --once --profile mine"))
@shared
@click.option("--once", is_flag=True, help="Look once; else every learning.interval_minutes, until Ctrl-C.")
@click.option("--steps", type=click.IntRange(min=1), help="Exactly so many steps a training.")
@click.option("--json", "as_json", is_flag=True, help="What was done as JSON, a document a look.")
def self_train(setting: Setting, *, once: bool, steps: int | None, as_json: bool) -> int:
    """Train experts on new feedback, where the profile consents and a domain has enough of it.

    What comes out is judged by the gates and lies in quarantine; nothing is ever promoted by this. A round
    that was stopped goes on at the next look; logs/self_train.jsonl keeps what each one did.
    """
    from vortex_tui.commands.progress import telling
    from vortex_tui.commands.session import note, run_async

    try:
        with telling() as say:
            site = _site(setting, steps, say)
            if once:
                return _told(run_async(_look(site)), as_json)
            return run_async(_loop(site, as_json))
    except KeyboardInterrupt:
        note("stopped; a round that was under way goes on at the next look")
        raise


def _site(setting: Setting, steps: int | None, say: Say) -> LearningSite:
    from vortex_tui.learning.site import LearningSite
    from vortex_tui.training.recipe import Change

    return LearningSite(
        profile=setting.profile(),
        data_dir=setting.data_dir(),
        mock=setting.mock,
        change=Change(steps=steps),
        say=say,
    )


async def _look(site: LearningSite) -> Look:
    from vortex_tui.learning.service import look

    return await look(site)


async def _loop(site: LearningSite, as_json: bool) -> int:
    from vortex_tui.learning.service import loop

    async for seen in loop(site):
        _told(seen, as_json)
    return 0


def _told(seen: Look, as_json: bool) -> int:
    """Show what a look did; 1 when a round of it was stopped or failed."""
    from vortex_tui.commands.output import print_json

    if as_json:
        print_json({"schema": SCHEMA, **_document(seen)})
    else:
        _show(seen)
    return 1 if any(one.error for one in seen.done) else 0


def _document(seen: Look) -> dict[str, Any]:
    return {
        "rounds": [one.round.document() for one in seen.done],
        "waiting": [{"domain": w.domain, "new": w.new, "wanted": w.wanted} for w in seen.waiting],
    }


def _show(seen: Look) -> None:
    from vortex_tui.escape import one_line

    for one in seen.done:
        for line in _lines(one):
            click.echo(one_line(line))
    for waits in seen.waiting:
        click.echo(f"{one_line(waits.domain)}: {waits.new} new examples of the {waits.wanted} wanted")
    if not seen.done and not seen.waiting:
        click.echo("no feedback was kept yet: mark answers in the workstation")


def _lines(one: Done) -> list[str]:
    told = one.round.document()
    lines = [f"{told['domain']}: {told['new']} new marks, {told['state']}"]
    if trained := told.get("trained"):
        lines.append(
            f"  candidate {trained['candidate']}, on {trained['new']} new and {trained['old']} older examples"
        )
        lines.append(f"  engine: {trained['engine']}")
    if judged := told.get("judged"):
        open_ = ", ".join(judged["open"])
        lines.append(f"  {judged['verdict']}{': ' if open_ else ''}{open_}; it stays in quarantine")
    if one.error is not None:
        error = one.error
        lines += [f"  {error.message}", *(f"  {text}" for text in (error.found, error.mend) if text)]
    return lines
