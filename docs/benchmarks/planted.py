"""Does the bench catch a slow-down that is planted? The real bench on nano, three times.

python docs/benchmarks/planted.py [--share 0.3] [--max-new-tokens 16]

The first makes a baseline, the second is the same again, and during the third the worker is stopped for
``--share`` of every 50 ms (SIGSTOP and SIGCONT; on Windows its threads are suspended). Its own clock runs on,
so it answers that much slower, whatever else the machine does. Prints the verdicts.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from vortex_tui import profile
from vortex_tui.bench.baseline import Baselines
from vortex_tui.bench.plan import BASELINE_RUNS, Plan
from vortex_tui.bench.run import Benched, bench
from vortex_tui.doctor.bank import entries
from vortex_tui.engine.client import Engine
from vortex_tui.experts.bank import champions

_PERIOD_S = 0.05


@contextmanager
def slowed(worker: psutil.Process, share: float) -> Iterator[None]:
    """Inside, ``worker`` runs for ``1 - share`` of the time."""
    over = threading.Event()

    def hinder() -> None:
        while not over.wait(_PERIOD_S * (1 - share)):
            worker.suspend()
            over.wait(_PERIOD_S * share)
            worker.resume()

    thread = threading.Thread(target=hinder)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _plan(data: Path, tokens: int, runs: int, known: Baselines | None) -> Plan:
    nano = profile.load("nano")
    best = champions(entries(nano, data)).values()
    bank = {entry.id: entry.manifest.exemplars for entry in best if entry.manifest}
    return Plan(nano, bank, runs, tokens, baselines=known)


async def measure(tokens: int, share: float) -> None:
    """Print a line for each bench, and its verdict."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        async with Engine(data, face="benchmark") as engine:
            ready = await engine.load(profile.load("nano"))
            first = await bench(engine, ready, _plan(data, tokens, BASELINE_RUNS, None))
            _print("baseline", first)
            judged = _plan(data, tokens, 5, Baselines(entries=(first.entry,)))
            _print("the same again", await bench(engine, ready, judged))
            (worker,) = psutil.Process().children()
            with slowed(worker, share):
                found = await bench(engine, ready, judged)
            _print(f"{share:.0%} planted", found)


def _print(title: str, benched: Benched) -> None:
    report = benched.report
    found = report.spread["tokens_per_sec"]
    print(f"{title}: {found.median:.1f} tokens/s ({found.low} to {found.high}), {found.runs} runs")
    for one in report.judgement.thresholds if report.judgement else ():
        if one.threshold == "max_regression":
            print(f"  {one.verdict}: {one.reason}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--max-new-tokens", type=int, default=16)
    typed = parser.parse_args()
    asyncio.run(measure(typed.max_new_tokens, typed.share))
