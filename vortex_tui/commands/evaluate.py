"""What base, experts and routers get right, on the bank's own splits."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.evaluation.case import Split
    from vortex_tui.evaluation.plan import Plan
    from vortex_tui.evaluation.prepare import Wanted
    from vortex_tui.evaluation.report import EvaluationReport

# A report with every prompt of nano's test split is about as large.
_ROOM = 24 * 1024 * 1024
_SPLITS = ("test", "gate", "calibration")


@click.command(name="eval", epilog=example("vortex-tui eval --limit 12"))
@shared
@click.option("--json-out", metavar="FILE", help="The report as JSON, with every prompt; - for stdout.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="N prompts a domain and kind: a quick look."
)
@click.option("--domains", metavar="A,B", help="Only these domains; prompts that nobody serves stay.")
@click.option("--split", type=click.Choice(_SPLITS), help="Default: test of nano's, gate of your corpora.")
@click.option("--modes", metavar="A,B", help="Only these routers, and the profile's own; all by default.")
@click.option("--no-ablation", is_flag=True, help="Do not compare exact mixes with merged adapters.")
@click.option("--fresh", is_flag=True, help="Forget what was measured before.")
def evaluate(
    setting: Setting, json_out: str | None, limit: int | None, domains: str | None, split: Split | None,
    modes: str | None, no_ablation: bool, fresh: bool,
) -> None:  # fmt: skip
    """Measure base, experts and routers on the bank's own prompts; a stopped run goes on where it was."""
    from vortex_tui.commands.evaluated import tables
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.output import stderr_console, stdout_console
    from vortex_tui.evaluation.prepare import Wanted

    out = OutFile(json_out) if json_out else None
    if out:
        out.check(_ROOM)
    wanted = Wanted(split, _names(domains), _names(modes), limit, not no_ablation, fresh, setting.mock)
    report = _evaluated(setting, wanted)
    if out:
        out.write(report.to_json())
    console = stderr_console() if out and out.is_stdout else stdout_console()
    for part in tables(report, blocks=console.encoding.startswith("utf")):
        console.print(part)


def _names(typed: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in typed.split(",") if name.strip()) if typed else ()


def _evaluated(setting: Setting, wanted: Wanted) -> EvaluationReport:
    from vortex_tui.commands.session import note, run_async
    from vortex_tui.evaluation.prepare import plan

    with tempfile.TemporaryDirectory(prefix="vortex-eval-") as merged:
        made = plan(setting.profile(), setting.data_dir(), wanted, Path(merged))
        try:
            return run_async(_measure(setting, made))
        except KeyboardInterrupt:
            note("stopped; what was measured is kept, and the same command goes on from there")
            raise


async def _measure(setting: Setting, plan: Plan) -> EvaluationReport:
    from vortex_tui.commands.progress import telling
    from vortex_tui.commands.session import opened
    from vortex_tui.evaluation.run import evaluate as measure

    async with opened(setting, "eval", plan.aside) as session:
        with telling() as say:
            return await measure(session.engine, session.ready, setting.data_dir(), plan, say)
