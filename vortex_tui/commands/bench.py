"""How fast this profile answers here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vortex_tui.commands.setting import Setting, example, shared

if TYPE_CHECKING:
    from rich.console import RenderableType

    from vortex_tui.bench.report import BenchReport, Spread
    from vortex_tui.bench.run import Plan


@click.command(epilog=example("vortex-tui bench --json-out bench.json"))
@shared
@click.option("--json-out", metavar="FILE", help="The report as JSON; - for stdout.")
@click.option("--runs", type=click.IntRange(1, 1000), default=5, show_default=True, help="Measured runs.")
@click.option("--max-new-tokens", type=click.IntRange(min=2), default=32, show_default=True)
def bench(setting: Setting, json_out: str | None, runs: int, max_new_tokens: int) -> None:
    """Measure tokens per second, time to the first token, memory and adapter loading."""
    from vortex_tui.bench.run import Plan
    from vortex_tui.commands.outfile import OutFile
    from vortex_tui.commands.output import stderr_console, stdout_console
    from vortex_tui.commands.session import run_async

    out = OutFile(json_out) if json_out else None
    if out:
        out.check()
    plan = Plan(setting.profile(), _exemplars(setting), runs, max_new_tokens, setting.mock)
    report = run_async(_measure(setting, plan))
    if out:
        out.write(report.to_json())
    console = stderr_console() if out and out.is_stdout else stdout_console()
    console.print(_table(report))


def _exemplars(setting: Setting) -> dict[str, tuple[str, ...]]:
    from vortex_tui.doctor.bank import entries
    from vortex_tui.experts.bank import champions

    profile = setting.profile()
    if not profile.experts.enabled:
        return {}
    best = champions(entries(profile, setting.data_dir())).values()
    return {entry.id: entry.manifest.exemplars for entry in best if entry.manifest}


async def _measure(setting: Setting, plan: Plan) -> BenchReport:
    from vortex_tui.bench.run import bench as measure
    from vortex_tui.commands.session import opened, waiting

    async with opened(setting, "bench") as session:
        with waiting("loading the experts") as say:
            return await measure(
                session.engine, session.ready, plan, lambda title, share: say(f"{title} {share:.0%}")
            )


def _table(report: BenchReport) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from vortex_tui.commands.output import table

    columns = ("case", "tok/s", "prefill/s", "decode/s", "ttft ms", "experts")
    rows = [
        (
            case.title,
            _shown(case.tokens_per_sec),
            _shown(case.prefill_tokens_per_sec),
            _shown(case.decode_tokens_per_sec),
            _shown(case.ttft_ms),
            " ".join(f"{one.expert.partition('/')[0]} {one.weight:.2f}" for one in case.adapters) or "none",
        )
        for case in report.cases
    ]
    return Group(table("", columns, rows, numeric=columns[1:5]), Text(_summary(report)))


def _shown(figure: Spread | None) -> str:
    return f"{figure.median:.1f} ±{figure.mad:.1f}" if figure else "n/a"


def _summary(report: BenchReport) -> str:
    vram = f"{report.vram_peak_mb:.0f} MiB" if report.vram_peak_mb is not None else "n/a"
    load = f"{report.adapter_load_ms:.0f} ms" if report.adapter_load_ms is not None else "n/a"
    return (
        f"{report.profile}{' --mock' if report.mock else ''}: {report.backend} {report.model.quantization} "
        f"on {report.model.device}; medians of {report.settings.runs} runs ± their median "
        f"absolute deviation, prompts of {report.cases[0].prompt_tokens} tokens; "
        f"an adapter loads in {load}; peak VRAM {vram}, RAM {report.rss_peak_mb:.0f} MiB"
    )
