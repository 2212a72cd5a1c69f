"""The router's own commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from rich.console import RenderableType

    from vortex_tui.fitting.task import Task
    from vortex_tui.routing.fitted import Fit

# Answers and losses a prompt that the default budget allows for, besides the base's own.
_A_PROMPT = 4


@click.group(epilog=example("vortex-tui router fit"))
def router() -> None:
    """Fit the router to your own bank."""


@router.command(epilog=example("vortex-tui router fit --budget 5000"))
@shared
@click.option(
    "--budget", type=click.IntRange(min=1), metavar="N",
    help="Answers and losses to measure at most; 4 a prompt by default. What is known costs nothing.",
)  # fmt: skip
@click.option(
    "--out", metavar="FILE", help="Write the fit, JSON, there and not into the data folder; - for stdout."
)
def fit(setting: Setting, budget: int | None, out: str | None) -> None:
    """Learn from outcomes when which expert beats the base; a stopped run goes on where it was."""
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.output import stderr_console, stdout_console
    from vortex_tui.commands.session import note, run_async
    from vortex_tui.routing import fitted

    # The encoder, and with it the file's name, is known once the engine is loaded.
    file = OutFile(out or str(fitted.file_of(setting.data_dir(), "")), "--out")
    file.check()
    task = _task(setting, budget)
    note(f"at most {task.budget} answers and losses of experts, and {len(task.router)} + "
         f"{len(task.calibration)} of the base alone")  # fmt: skip
    try:
        found = run_async(_fit(setting, task))
    except KeyboardInterrupt:
        note("stopped; what was measured is kept, and the same command goes on from there")
        raise
    if not out:
        file = OutFile(str(fitted.file_of(setting.data_dir(), found.encoder)), "--out")
    file.write(found.model_dump(mode="json"))
    (stderr_console() if file.is_stdout else stdout_console()).print(_table(found, task))
    note(_whereabouts(out, file.target))


def _whereabouts(out: str | None, target: str) -> str:
    """Where the fit is, and when it counts."""
    if out:
        return f"written to {'stdout' if out == '-' else target}; it is used once it lies in the data folder"
    return f"written to {target}; it is used from the next start on"


def _task(setting: Setting, budget: int | None) -> Task:
    from vortex_tui.doctor.bank import entries
    from vortex_tui.evaluation import splits
    from vortex_tui.fitting.task import Task

    profile, data_dir = setting.profile(), setting.data_dir()
    router = splits.read(profile, data_dir, "router")
    calibration = splits.read(profile, data_dir, "calibration")
    prompts = len(router) + len(calibration)
    return Task(
        profile=profile,
        data_dir=data_dir,
        entries=entries(profile, data_dir),
        router=router,
        calibration=calibration,
        train=splits.find(profile, data_dir, "train"),
        budget=budget or _A_PROMPT * prompts,
    )


async def _fit(setting: Setting, task: Task) -> Fit:
    from vortex_tui.commands.progress import telling
    from vortex_tui.commands.session import opened
    from vortex_tui.fitting.run import Fitting

    async with opened(setting, "router fit") as session:
        with telling() as say:
            return await Fitting(session.engine, session.ready, task, say).fit()


def _table(found: Fit, task: Task) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from vortex_tui.commands.output import table

    harm = task.profile.experts.router.max_harm
    rows = [
        (
            part,
            f"{one.threshold(harm):.3f}",
            f"{one.sure:.3f}" if one.sure <= 1 else "never",
            ", ".join(f"{len(some)} {group}" for group, some in one.stay_out.items()),
        )
        for part, one in found.parts.items()
    ]
    told = found.measured
    summary = (
        f"{told['prompts']} prompts: an expert is better on {told['an_expert_better']}, the base right on "
        f"{told['base_right']}, nobody on {told['nobody_right']}; {told['measured']} measured now; "
        f"temperature {found.temperature}"
    )
    columns = ("part", "threshold", "sure from", "kept out of")
    return Group(table("", columns, rows, numeric=columns[1:3]), Text(summary))
