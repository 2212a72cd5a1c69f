"""What sampling this machine costs: processor seconds of the sampler, in % of one core.

python docs/benchmarks/telemetry.py [--seconds 60] [--every 0.5] [--json-out FILE]

A process that does nothing but sample is compared with itself before and after, so that what it imports is
not counted. Its own process stands in for the engine's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

from vortex_tui.telemetry import machine
from vortex_tui.telemetry.sampler import SECONDS, Sampler

_WARM_UP = 3


def measure(sampler: Sampler, seconds: float) -> dict[str, Any]:
    """Run a sampler for ``seconds`` and say what it used."""
    sampler.watch(os.getpid())
    for _ in range(_WARM_UP):
        sampler.sample()
    before, started, cpu = len(sampler.history), time.monotonic(), time.process_time()
    sampler.start()
    time.sleep(seconds)
    sampler.close()
    used, took = time.process_time() - cpu, time.monotonic() - started
    return {
        "samples": len(sampler.history) - before,
        "seconds": took,
        "cpu_seconds": used,
        "percent_of_one_core": 100 * used / took,
    }


def reading_ms(sampler: Sampler, times: int = 20) -> float:
    """Median milliseconds of one reading, waiting included."""
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        sampler.sample()
        spent.append((time.perf_counter() - started) * 1e3)
    return statistics.median(spent)


def _found(sampler: Sampler) -> dict[str, Any]:
    """What this machine told, so that a figure can be placed."""
    latest = sampler.latest
    gpus = latest.gpus if latest else None
    names = [gpu.name for gpu in gpus.found] if gpus else []
    return {"gpus": names, "reason": gpus.reason if gpus else "", "driver": gpus.driver if gpus else ""}


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=SECONDS)
    parser.add_argument("--json-out", type=Path)
    chosen = parser.parse_args()
    keep = int(chosen.seconds / chosen.every) + 100
    sampler = machine.sampler(Path.cwd(), chosen.every, keep)
    report = {**measure(sampler, chosen.seconds), "reading_ms": reading_ms(sampler), **_found(sampler)}
    print(f"{report['samples']} samples in {report['seconds']:.1f} s, {report['reading_ms']:.2f} ms each")
    print(f"{report['cpu_seconds']:.3f} s of processor: {report['percent_of_one_core']:.2f} % of one core")
    print(f"GPUs: {', '.join(report['gpus']) or report['reason']}")
    if chosen.json_out:
        chosen.json_out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
