"""From the sheet to the report's figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vortex_tui.evaluation import measures
from vortex_tui.evaluation.measures import DELTA, Vector
from vortex_tui.evaluation.pairs import confusable
from vortex_tui.evaluation.report import (
    Answer,
    Bin,
    Calibration,
    Domain,
    Figure,
    Harm,
    Milliseconds,
    Mode,
    Row,
    Strategy,
)
from vortex_tui.evaluation.roster import told
from vortex_tui.evaluation.sheet import Column, Mask, Sheet, present

# Kinds that one domain should serve, several, none.
_SERVED = ("sealed", "plain", "own", "held", "open")
_UNSERVED = ("far", "near", "native")
_DEEPEST = 5
_NOTHING = Figure(value=None, low=None, high=None, n=0)


def _gap(sheet: Sheet, columns: Mapping[str, Column], name: str, where: Mask, sign: int) -> Figure:
    """What of the gap between base and oracle was closed; ``sign`` is -1 for losses."""
    if not {"base", "oracle"} <= set(columns):
        return _NOTHING
    gained, gap = (sign * (columns[which] - columns["base"]) for which in (name, "oracle"))
    wide = sheet.mean(gap, where)
    if wide.value is None or wide.value < DELTA:
        return Figure(value=None, low=None, high=None, n=wide.n)
    return sheet.ratio(gained, gap, where)


def _regret(sheet: Sheet, columns: Mapping[str, Column], name: str, where: Mask, sign: int) -> Figure:
    return sheet.mean(sign * (columns["oracle"] - columns[name]), where)


def strategy(sheet: Sheet, name: str) -> Strategy:
    """One strategy over the prompts that a domain serves and that every router decided."""
    served = sheet.served & sheet.common
    checked, by_loss = served & ~sheet.by_loss, served & sheet.by_loss
    return Strategy(
        name=name,
        title=sheet.strategies.titles[name],
        exact=sheet.mean(sheet.right[name], checked),
        loss=sheet.mean(sheet.loss[name], by_loss),
        loss_sample=sheet.mean(sheet.loss[name], checked),
        gap=_gap(sheet, sheet.right, name, checked, 1),
        gap_loss=_gap(sheet, sheet.loss, name, by_loss, -1),
        regret=_regret(sheet, sheet.right, name, checked, 1),
        regret_loss=_regret(sheet, sheet.loss, name, by_loss, -1),
        harm=harm(sheet, name),
    )


def harmed(sheet: Sheet, name: str) -> Column:
    """1 where the base is right and the strategy wrong, 0 elsewhere."""
    return np.where(
        np.isnan(sheet.right[name]), np.nan, (sheet.right["base"] == 1) & (sheet.right[name] == 0)
    )


def harm(sheet: Sheet, name: str) -> Harm:
    """On native prompts, with its one-sided bound."""
    values = harmed(sheet, name)[sheet.kind("native")]
    values = values[~np.isnan(values)]
    failures, n = int(values.sum()), len(values)
    if not n:
        return Harm(failures=0, n=0, rate=None, upper=None)
    return Harm(failures=failures, n=n, rate=failures / n, upper=measures.upper_bound(failures, n))


def domain(sheet: Sheet, name: str, won: Mapping[str, bool]) -> Domain:
    """One domain under every strategy."""
    where, by_loss = sheet.domain(name), name in sheet.losses
    columns, sign = (sheet.loss, -1) if by_loss else (sheet.right, 1)
    strategies = list(sheet.strategies.mixes)
    return Domain(
        domain=name,
        measured="loss" if by_loss else "exact",
        expert=sheet.roster.serving.get(name, ""),
        oracle="expert" if won.get(name) else "base",
        exact=present({each: sheet.mean(sheet.right[each], where) for each in strategies}),
        loss=present({each: sheet.mean(sheet.loss[each], where) for each in strategies}),
        gap={each: _gap(sheet, columns, each, where, sign) for each in strategies},
        regret={each: _regret(sheet, columns, each, where, sign) for each in strategies},
    )


def mode(sheet: Sheet, name: str) -> Mode:
    """One router by itself."""
    first, active = sheet.first[name], sheet.active[name]
    both = confusable({case.group for case in sheet.cases})
    ordinary = ~sheet.kind("plain")
    return Mode(
        name=name,
        right_first=present({kind: sheet.mean(first, sheet.kind(kind)) for kind in (*_SERVED, "mixed")}),
        abstained=present({kind: sheet.mean(1 - active, sheet.kind(kind)) for kind in (*_SERVED, "mixed")}),
        pairs={"/".join(pair): sheet.mean(first, sheet.domain(*pair) & ordinary) for pair in both},
        recall=tuple(
            sheet.mean(_recalled(sheet, name, k), sheet.served & sheet.common) for k in range(1, _DEEPEST + 1)
        ),
        activation=present({kind: sheet.mean(active, sheet.kind(kind)) for kind in _UNSERVED}),
        calibration=_calibration(*sheet.beats(name)),
        router=_milliseconds([each.router_ms for each in sheet.strategies.decided[name].values()]),
        encoder=_milliseconds([each.encoder_ms for each in sheet.strategies.decided[name].values()]),
    )


def _recalled(sheet: Sheet, name: str, k: int) -> Column:
    """1 or 0: a right expert is among the router's best k; NaN where it did not decide."""
    decided = sheet.strategies.decided[name]
    found = np.full(len(sheet.cases), np.nan)
    for place, case in enumerate(sheet.cases):
        if case.id in decided:
            ranked = [expert.partition("/")[0] for expert in decided[case.id].ranked]
            found[place] = measures.recall(ranked, case.domains, k)
    return found


def _calibration(sure: Vector, beaten: Vector) -> Calibration:
    table = measures.reliability(sure, beaten)
    return Calibration(
        n=len(sure),
        ece=measures.ece(table),
        brier=measures.brier(sure, beaten),
        bins=tuple(Bin(n=each.n, probability=each.probability, observed=each.observed) for each in table),
    )


def _milliseconds(times: list[float]) -> Milliseconds:
    p50, p95 = np.percentile(times, [50, 95])
    return Milliseconds(p50=float(p50), p95=float(p95))


def rows(sheet: Sheet) -> tuple[Row, ...]:
    """Every prompt."""
    return tuple(_row(sheet, place) for place in range(len(sheet.cases)))


def _row(sheet: Sheet, place: int) -> Row:
    case, decided = sheet.cases[place], sheet.strategies.decided
    return Row(
        id=case.id,
        split=case.split,
        kind=case.kind,
        domains=case.domains,
        cluster=sheet.labels[place],
        prompt=case.prompt,
        answers={
            name: Answer(
                mix=told(mixes[case.id]),
                right=None if np.isnan(right := sheet.right[name][place]) else bool(right),
                loss=None if np.isnan(loss := sheet.loss[name][place]) else float(loss),
            )
            for name, mixes in sheet.strategies.mixes.items()
            if case.id in mixes
        },
        probability={name: each[case.id].probability for name, each in decided.items() if case.id in each},
        best=sheet.strategies.best(case),
    )
