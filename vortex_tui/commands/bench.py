"""How fast this profile answers here, and whether that is as fast as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from vortex_tui.bench.plan import Plan
    from vortex_tui.bench.report import BenchReport
    from vortex_tui.bench.run import Benched
    from vortex_tui.commands.outfile import OutFile

# Where nothing is judged, or nothing can be, nothing failed.
_CODES = {"pass": 0, "not_applicable": 0, "fail": 1, "inconclusive": 3}


@click.command(epilog=example("vortex-tui bench --json-out bench.json"))
@shared
@click.option("--json-out", metavar="FILE", help="The report as JSON; - for stdout.")
@click.option("--runs", type=click.IntRange(1, 1000), default=5, show_default=True, help="Measured runs.")
@click.option(
    "--max-runs",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="Runs at most while a verdict is open.",
)
@click.option("--max-new-tokens", type=click.IntRange(min=2), default=32, show_default=True)
@click.option("--update-baseline", is_flag=True, help="Keep this as what later benches are judged by.")
def bench(
    setting: Setting,
    json_out: str | None,
    runs: int,
    max_runs: int,
    max_new_tokens: int,
    update_baseline: bool,
) -> None:
    """Measure tokens/s, time to the first token, memory and adapter loading; judge the thresholds.

    Exit codes: 0 passed; 1 a threshold was missed, or the bench was refused; 3 too noisy to say.
    """
    from vortex_tui.bench import baseline, exemplars, kept
    from vortex_tui.bench.plan import BASELINE_RUNS, Plan
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.session import note, run_async

    out = OutFile(json_out) if json_out else None
    if out:
        out.check()
    profile, data_dir = setting.profile(), setting.data_dir()
    file = baseline.path_in(data_dir)
    # A damaged file is found before the bench, also where it would be written after it.
    known = baseline.read(file)
    if update_baseline and runs < BASELINE_RUNS:
        note(f"a baseline takes {BASELINE_RUNS} runs")
        runs = BASELINE_RUNS
    held = None if update_baseline else known
    bank = exemplars.of(profile, data_dir)
    plan = Plan(profile, bank, runs, max_new_tokens, setting.mock, max_runs, held)
    benched = run_async(_measure(setting, plan))
    _tell(benched.report, out)
    if passed_over := kept.keep(data_dir, benched).words():
        note(passed_over)
    if update_baseline:
        baseline.update(file, benched.entry)
        note(f"kept as the baseline in {file}")
    judgement = benched.report.judgement
    if judgement and (code := _CODES[judgement.verdict]):
        raise click.exceptions.Exit(code)


async def _measure(setting: Setting, plan: Plan) -> Benched:
    from vortex_tui.bench.run import bench as measure
    from vortex_tui.commands.session import opened, waiting

    async with opened(setting, "bench") as session:
        with waiting("loading the experts") as say:
            return await measure(
                session.engine, session.ready, plan, lambda title, share: say(f"{title} {share:.0%}")
            )


def _tell(report: BenchReport, out: OutFile | None) -> None:
    from vortex_tui.commands.benched import told
    from vortex_tui.commands.output import stderr_console, stdout_console

    if out:
        out.write(report.to_json())
    console = stderr_console() if out and out.is_stdout else stdout_console()
    for part in told(report, blocks=console.encoding.startswith("utf")):
        console.print(part)
