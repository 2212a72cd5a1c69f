"""The evaluation's report on a terminal: tables of 80 columns whose bars need no colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vortex_tui.commands.cells import bar, nats, number, percent, tenths
from vortex_tui.commands.output import table
from vortex_tui.escape import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from vortex_tui.evaluation.report import Comparison, Domain, EvaluationReport, Figure

_MARKS = {"better": "better", "worse": "worse", "no difference beyond noise": "≈", "not measured": "?"}


def tables(report: EvaluationReport, *, blocks: bool = True) -> Iterator[RenderableType]:
    """Every table of the report; without ``blocks`` the bars are made of ``#``."""
    from rich.text import Text

    yield Text(_head(report))
    yield _strategies(report, blocks)
    yield _domains(report, blocks)
    if report.modes:
        yield _modes(report)
        yield _pairs(report)
    if report.comparisons:
        yield _comparisons(report)
    yield from _reliability(report, blocks)
    if report.ablation:
        yield _ablation(report, blocks)
    for name, reason in report.not_available.items():
        yield Text(one_line(f"not available: {name}: {reason}"))
    yield Text(_foot(report))


def _narrow(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], numeric: Sequence[str] = ()
) -> Table:
    """A table of the commands with less air: 80 columns hold more of it."""
    made = table(title, columns, rows, numeric)
    made.collapse_padding = True
    return made


def _head(report: EvaluationReport) -> str:
    told = report.settings
    limited = f", at most {told.limit} a domain and kind" if told.limit else ""
    name = f"{report.profile}{' --mock' if report.mock else ''}"
    return one_line(
        f"{name}: {report.backend} {report.model.quantization}; {told.cases} prompts of {told.split}{limited}"
        "; in brackets 95% intervals"
    )


def _strategies(report: EvaluationReport, blocks: bool) -> Table:
    rows = [
        (
            one.title,
            percent(one.exact),
            bar(one.exact.value, blocks),
            nats(one.loss),
            number(one.gap),
            number(one.gap_loss),
            tenths(100 * one.harm.upper) if one.harm.upper is not None else "n/a",
        )
        for one in report.strategies
    ]
    columns = ("strategy", "exact %", "", "nats", "gap %", "of nats", "harm ≤")
    return _narrow(
        f"Strategies on {report.strategies[0].exact.n} prompts",
        columns,
        rows,
        numeric=("nats", "gap %", "of nats", "harm ≤"),
    )


def _domains(report: EvaluationReport, blocks: bool) -> Table:
    shown = [
        name for name in ("base", "random", "multitask") if any(_main(d).get(name) for d in report.domains)
    ]
    own = report.settings.reference
    names = {"multitask": "control"}
    columns = ("domain", *(names.get(name, name) for name in shown), own, "", "oracle", "gap %")
    rows = [
        (
            each.domain,
            *(_value(each, name) for name in shown),
            _value(each, own, interval=True),
            bar(figure.value, blocks)
            if each.measured == "exact" and (figure := _main(each).get(own))
            else "",
            _value(each, "oracle"),
            number(each.gap.get(own)),
        )
        for each in report.domains
    ]
    return _narrow("Domains: exact % (or nats)", columns, rows, numeric=(*columns[1:-4], "oracle", "gap %"))


def _main(domain: Domain) -> Mapping[str, Figure]:
    return domain.exact if domain.measured == "exact" else domain.loss


def _value(domain: Domain, strategy: str, *, interval: bool = False) -> str:
    figure = _main(domain).get(strategy)
    if domain.measured == "loss":
        return f"({nats(figure)})"
    return percent(figure) if interval else number(figure)


def _modes(report: EvaluationReport) -> Table:
    kinds = list(dict.fromkeys(kind for mode in report.modes for kind in mode.right_first))
    columns = ("router", *kinds, "top 3", "far", "near", "ECE", "p50", "p95", "enc")
    rows = [
        (
            mode.name,
            *(number(mode.right_first.get(kind)) for kind in kinds),
            number(mode.recall[2]),
            number(mode.activation.get("far")),
            number(mode.activation.get("near")),
            tenths(100 * mode.calibration.ece) if mode.calibration.ece is not None else "n/a",
            tenths(mode.router.p50),
            tenths(mode.router.p95),
            tenths(mode.encoder.p50),
        )
        for mode in report.modes
    ]
    return _narrow(
        "Routers: right expert first, active where nobody serves (%); milliseconds",
        columns,
        rows,
        columns[1:],
    )


def _pairs(report: EvaluationReport) -> Table:
    pairs = list(report.modes[0].pairs)
    columns = ("right first %", *(mode.name for mode in report.modes))
    rows = [(pair, *(number(mode.pairs[pair]) for mode in report.modes)) for pair in pairs]
    return _narrow("Domains that are asked alike", columns, rows, numeric=columns[1:])


def _comparisons(report: EvaluationReport) -> Table:
    names = list(dict.fromkeys(one.figure for one in report.comparisons))
    found = {(one.figure, one.against): one for one in report.comparisons}
    rows = [
        (f"- {other}", *(_difference(found.get((figure, other))) for figure in names))
        for other in dict.fromkeys(one.against for one in report.comparisons)
    ]
    title = f"{report.settings.reference} less another router on the same prompts, in points; ≈ noise"
    return _narrow(title, (report.settings.reference, *names), rows)


def _difference(one: Comparison | None) -> str:
    if one is None or one.difference.value is None:
        return "n/a"
    return f"{100 * one.difference.value:+.1f} {_MARKS[one.verdict]}"


def _reliability(report: EvaluationReport, blocks: bool) -> Iterator[Table]:
    mode = next((one for one in report.modes if one.name == report.settings.reference), None)
    if mode is None or not mode.calibration.bins:
        return
    rows = [
        (each.n, tenths(100 * each.probability), bar(each.probability, blocks), tenths(100 * each.observed),
         bar(each.observed, blocks))
        for each in mode.calibration.bins
    ]  # fmt: skip
    columns = ("prompts", "said %", "", "did %", " ")
    yield _narrow(
        f"Reliability of {mode.name}: its best expert beats the base",
        columns,
        rows,
        numeric=("prompts", "said %", "did %"),
    )


def _ablation(report: EvaluationReport, blocks: bool) -> Table:
    rows = [
        (each.k, each.method, each.exact.n, percent(each.exact), bar(each.exact.value, blocks),
         "" if each.method == "exact" else percent(each.less_exact_mix))
        for each in report.ablation
    ]  # fmt: skip
    columns = ("k", "mix", "prompts", "exact %", "", "less the exact mix")
    return _narrow("Mixing k experts at equal weights", columns, rows, numeric=("k", "prompts"))


def _foot(report: EvaluationReport) -> str:
    total = sum(report.seconds.values())
    stages = ", ".join(f"{name} {spent:.0f}" for name, spent in report.seconds.items() if spent >= 1)
    return f"{report.measured} answers and losses measured in this run; {total:.0f} s ({stages})"
