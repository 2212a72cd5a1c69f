"""A bench in words and columns: verdicts, cases, and the rest of its figures."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from vortex_tui.bench.parts import Judged, Judgement, Spread, Verdict
from vortex_tui.bench.report import BenchReport, Case
from vortex_tui.escape import one_line
from vortex_tui.tui.words import bar, duration, memory, memory_or_na, moment, share, tenths

# A mark and a word: what a colour says must be readable without it.
_VERDICTS: dict[Verdict, tuple[str, str]] = {
    "pass": ("✓ passed", "$text-success"),
    "fail": ("✗ failed", "bold $text-error"),
    "inconclusive": ("? open", "$text-warning"),
    "not_applicable": ("– n/a", "$text-muted"),
}
_LABEL = "$text-muted"
_TITLE, _BAR = 15, 8
_COLUMNS = ("tok/s", "prefill/s", "decode/s", "ttft ms")
_WIDTHS = (13, 11, 10, 9)
_TIMES = {
    "adapter_load_ms": "first load",
    "adapter_load_warm_ms": "again",
    "mix_switch_ms": "new mix",
    "router_ms": "router",
}


def report_content(report: BenchReport) -> Content:
    """All of it, one part after the other."""
    parts = [cases_content(report), Content("\n").join(_figures(report))]
    if report.judgement:
        parts.insert(0, verdicts_content(report.judgement))
    return Content("\n\n").join(parts)


def verdicts_content(judgement: Judgement) -> Content:
    """The verdict, then each threshold with its reason."""
    words, style = _VERDICTS[judgement.verdict]
    return Content("\n").join([Content.styled(words, style), *map(_judged, judgement.thresholds)])


def _judged(one: Judged) -> Content:
    words, style = _VERDICTS[one.verdict]
    return Content.assemble((f"  {words:<9} ", style), f"{one.threshold}  ", (one_line(one.reason), _LABEL))


def cases_content(report: BenchReport) -> Content:
    """A row a case: medians, with the median absolute deviation of the rate that counts."""
    heads = "".join(f"{name:>{width}}" for name, width in zip(_COLUMNS, _WIDTHS, strict=True))
    head = f"{'case':<{_TITLE}}{'prompt':>6}{heads}  {'':<{_BAR}}"
    top = max((case.tokens_per_sec.median for case in report.cases), default=1.0)
    rows = [_row(case, top, case.name == report.settings.headline) for case in report.cases]
    return Content("\n").join([Content.styled(head.rstrip(), _LABEL), *rows])


def _row(case: Case, top: float, headline: bool) -> Content:
    rates = case.tokens_per_sec
    cells = (
        f"{tenths(rates.median)} ±{tenths(rates.mad)}",
        tenths(case.prefill_tokens_per_sec.median),
        _median(case.decode_tokens_per_sec),
        tenths(case.ttft_ms.median),
    )
    figures = "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    full, empty = bar(rates.median / top, _BAR)
    style = "bold $text-primary" if headline else ""
    title = f"{one_line(case.title)[: _TITLE - 1]:<{_TITLE}}"
    return Content.assemble(
        (title, style), f"{case.prompt_tokens:>6}", figures, "  ", (full, "$accent"), (empty, _LABEL)
    )


def _median(figure: Spread | None) -> str:
    return tenths(figure.median) if figure else "n/a"


def _figures(report: BenchReport) -> Iterator[Content]:
    mixed = " · ".join(
        f"{one_line(one.expert.partition('/')[0])} {share(one.weight)}" for one in report.active_adapters
    )
    yield _line("by", mixed or "the base alone")
    yield _line("times", " · ".join(f"{words} {_time(report, name)}" for name, words in _TIMES.items()))
    yield _line("K/V", f"used again in {report.kv_hits} of {report.kv_lookups} answers")
    yield _line("peak", f"RAM {memory(report.rss_peak_mb)} · VRAM {memory_or_na(report.vram_peak_mb)}")
    found = report.model.memory
    if found is not None and found.measured_mb is not None and found.error is not None:
        words = f"estimated {memory(found.expected_mb)}, took {memory(found.measured_mb)}: {found.error:+.1%}"
        yield _line("load", words)
    settings = report.settings
    yield _line(
        "how",
        f"{moment(report.created)} · {settings.runs} runs of {settings.max_new_tokens} tokens · "
        f"{duration(report.seconds * 1000)} · {one_line(report.backend)} "
        f"{one_line(report.model.quantization)} on {one_line(report.model.device)}",
    )


def _line(label: str, words: str) -> Content:
    return Content.assemble((f"{label:<7}", _LABEL), words)


def _time(report: BenchReport, name: str) -> str:
    value = getattr(report, name)
    return "n/a" if value is None else f"{tenths(value)} ms"
