"""``train-experts``: from corpora to experts in quarantine."""

from __future__ import annotations

import copy
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.commands.trained import Board
    from vortex_tui.training.executors.base import Executor
    from vortex_tui.training.plan import Plan
    from vortex_tui.training.recipe import Change

_COUNT = click.IntRange(min=1)
_FAILED = 1


@click.command(epilog=example("vortex-tui train-experts --mock --domains roman"))
@shared
@click.option("--domains", required=True, metavar="A,B", help="The domains to train, one expert each.")
@click.option(
    "--data", "corpora", type=click.Path(path_type=Path), metavar="D",
    help="Where corpora/<domain>/train.jsonl is; the data folder by default.",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="O",
    help="Experts go into O/experts_hf/quarantine; the data folder by default.",
)  # fmt: skip
@click.option("--fresh", is_flag=True, help="Start anew; else an unfinished run of the same kind goes on.")
@click.option("--resume", is_flag=True, help="Go on with an unfinished run: what happens without --fresh.")
@click.option("--executor", type=click.Choice(("local", "ray", "wsl")), default="local", show_default=True)
@click.option("--jobs", type=_COUNT, default=1, show_default=True, help="How many domains at once.")
@click.option("--ray-address", default="", metavar="HOST:PORT", help="A Ray cluster; this machine's else.")
@click.option("--rank", type=_COUNT, help="The adapter's rank; by the base's size else, like all below.")
@click.option("--rate", type=click.FloatRange(0.0, 1.0, min_open=True), help="The learning rate.")
@click.option("--epochs", type=click.FloatRange(0.0, min_open=True), help="Times through the corpus.")
@click.option("--steps", type=_COUNT, help="Exactly so many steps, whatever the corpus's size.")
@click.option("--length", type=click.IntRange(min=16), help="Tokens of a row; longer examples are left out.")
@click.option("--rows", type=_COUNT, help="Rows read at once; fewer take less memory.")
@click.option("--seed", type=click.IntRange(min=0), help="1 by default.")
@click.option("--checkpoint-every", type=_COUNT, metavar="N", help="Steps between checkpoints.")
@click.option("--packing/--no-packing", default=None, help="Several examples in a row, none seeing another.")
@click.option("--gradient-checkpointing/--no-gradient-checkpointing", default=None,
              help="Less memory for a third more time.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="What came of it as JSON on stdout.")
def train_experts(setting: Setting, *, fresh: bool, resume: bool, as_json: bool, **said: Any) -> int:
    """Train an expert a domain, by QLoRA on the profile's base, into quarantine."""
    if fresh and resume:
        raise click.UsageError("--fresh and --resume exclude each other")
    from vortex_tui.commands.output import print_json, stdout_console
    from vortex_tui.commands.session import note, run_async
    from vortex_tui.commands.trained import Board, document, table

    plan = _plan(setting, said, fresh=fresh)
    board = Board([job.domain for job in plan.jobs])
    try:
        run_async(_follow(plan, _executor(setting, said), board))
    except KeyboardInterrupt:
        note("stopped; the same command goes on from the last checkpoint")
        raise
    if as_json:
        print_json(document(plan, board))
    else:
        stdout_console().print(table(board))
    return _FAILED if board.failed else 0


def _plan(setting: Setting, said: dict[str, Any], *, fresh: bool) -> Plan:
    from vortex_tui.training import plan

    return plan.make(
        setting.profile(),
        setting.data_dir(),
        [name.strip() for name in said["domains"].split(",") if name.strip()],
        data=said["corpora"],
        output=said["output"],
        change=_change(said),
        fresh=fresh,
        at_once=said["jobs"],
    )


def _change(said: dict[str, Any]) -> Change:
    from vortex_tui.training.recipe import Change

    names = ("rank", "rate", "epochs", "steps", "length", "rows", "seed", "packing", "gradient_checkpointing")
    return Change(checkpoint_steps=said["checkpoint_every"], **{name: said[name] for name in names})


def _executor(setting: Setting, said: dict[str, Any]) -> Executor:
    if said["executor"] == "ray":
        from vortex_tui.training.executors.on_ray import OnRay

        return OnRay(said["ray_address"])
    if said["executor"] == "wsl":
        from vortex_tui.training.executors.wsl import Wsl

        return Wsl(setting.data_dir(), setting.profile())
    from vortex_tui.training.executors.local import Local

    return Local(setting.data_dir())


async def _follow(plan: Plan, executor: Executor, board: Board) -> None:
    from vortex_tui.training.service import train

    with board:
        async with aclosing(train(plan, executor)) as events:
            async for event in events:
                board.take(event)


# The earlier program's name for it.
train_hf_experts = copy.copy(train_experts)
train_hf_experts.name = "train-hf-experts"
train_hf_experts.epilog = example("vortex-tui train-hf-experts --mock --domains roman")
