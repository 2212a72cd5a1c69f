"""The bench's report on a terminal of 80 columns: verdicts first, then what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vortex_tui.commands.cells import bar, tenths
from vortex_tui.commands.output import table
from vortex_tui.escape import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from vortex_tui.bench.parts import Judgement, Spread
    from vortex_tui.bench.report import BenchReport

_WORDS = {"pass": "pass", "fail": "FAIL", "inconclusive": "inconclusive", "not_applicable": "n/a"}
_LEVELS = "▁▂▃▄▅▆▇█"
_SOUGHT = {
    "adapter_load_ms": "an adapter's first load",
    "adapter_load_warm_ms": "loaded again",
    "mix_switch_ms": "a changed mix adds",
    "router_ms": "the router takes",
}


def told(report: BenchReport, *, blocks: bool = True) -> Iterator[RenderableType]:
    """What a person reads; without ``blocks`` the plots are made of ``#``, or left out."""
    from rich.text import Text

    if report.judgement:
        yield Text("\n".join(_verdicts(report.judgement)))
    yield _cases(report, blocks)
    yield Text(one_line(_summary(report)))
    if blocks and (plot := _plot(report.spread["tokens_per_sec"].values)):
        yield Text(f"tokens/s of each run as {report.settings.headline}, from 0: {plot}")


def _verdicts(judgement: Judgement) -> Iterator[str]:
    yield f"verdict: {_WORDS[judgement.verdict]}"
    for one in judgement.thresholds:
        yield f"  {_WORDS[one.verdict]:<13}{one.threshold}: {one_line(one.reason)}"


def _cases(report: BenchReport, blocks: bool) -> Table:
    fastest = max(case.tokens_per_sec.median for case in report.cases)
    rows = [
        (
            case.title,
            case.prompt_tokens,
            _shown(case.tokens_per_sec),
            bar(case.tokens_per_sec.median / fastest, blocks),
            _shown(case.prefill_tokens_per_sec),
            _shown(case.decode_tokens_per_sec),
            _shown(case.ttft_ms),
        )
        for case in report.cases
    ]
    columns = ("case", "prompt", "tok/s", "", "prefill/s", "decode/s", "ttft ms")
    made = table("", columns, rows, numeric=("prompt", "tok/s", "prefill/s", "decode/s", "ttft ms"))
    made.collapse_padding = True
    return made


def _shown(figure: Spread | None) -> str:
    return f"{tenths(figure.median)} ±{tenths(figure.mad)}" if figure else "n/a"


def _summary(report: BenchReport) -> str:
    vram = f"{report.vram_peak_mb:.0f} MiB" if report.vram_peak_mb is not None else "n/a"
    times = ", ".join(f"{words} {_milliseconds(report, name)}" for name, words in _SOUGHT.items())
    mixed = ", ".join(f"{one.expert.partition('/')[0]} {one.weight:.2f}" for one in report.active_adapters)
    return (
        f"{report.profile}{' --mock' if report.mock else ''}: {report.backend} {report.model.quantization} "
        f"on {report.model.device}; medians of {report.settings.runs} runs ± their median "
        f"absolute deviation; {report.settings.headline} by {mixed or 'the base alone'}; "
        f"{times}; K/V used again in {report.kv_hits} of {report.kv_lookups} answers; "
        f"peak VRAM {vram}, RAM {report.rss_peak_mb:.0f} MiB{_memory(report)}"
    )


def _memory(report: BenchReport) -> str:
    found = report.model.memory
    if found is None or found.measured_mb is None or found.error is None:
        return ""
    return (
        f"; the load was estimated at {found.expected_mb:.0f} MiB of the {found.home}'s memory "
        f"and took {found.measured_mb:.0f}: {found.error:+.1%}"
    )


def _milliseconds(report: BenchReport, name: str) -> str:
    value = getattr(report, name)
    return f"{value:.1f} ms" if value is not None else "n/a"


def _plot(values: Sequence[float]) -> str:
    """A column for each of at least two runs, at most 40 of them."""
    if len(values) < 2:
        return ""
    top = max(values)
    return "".join(_LEVELS[min(7, int(8 * value / top))] for value in values[:40])
