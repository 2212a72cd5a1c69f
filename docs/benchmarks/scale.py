"""What a bank of 10 to 10,000 experts costs at a start: seconds and memory, each in a process of its own.

python docs/benchmarks/scale.py [--counts 10 100 1000 10000] [--adapters] [--json-out FILE]

The bank is synthetic (synthetic_bank.py). Before each measurement the contents of its files are dropped from
the disk cache, where the system offers it; names and inodes stay cached, which nobody but root can change.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psutil
import scale_router
import synthetic_bank

from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry

COUNTS = (10, 100, 1_000, 10_000)
# A manifest younger than this is read twice: see experts/bank_index.py.
_SETTLED_SECONDS = 2.2
_MIB = 2**20
_COLUMNS = ("experts", "made s", "first scan s", "its MiB", "second scan s", "its MiB", "champions ms",
            "exemplars s", "index KiB")  # fmt: skip
# Of the router: a column's name, its figure (see scale_router.py) and digits after the point.
_ROUTER = {
    "build s": ("build_s", 1),
    "peak MiB": ("build_peak_mb", 0),
    "index MiB": ("index_mb", 0),
    "start s": ("start_s", 2),
    "MiB more": ("rss_mb", 0),
    "p50 ms": ("hybrid_p50_ms", 2),
    "p95 ms": ("hybrid_p95_ms", 2),
    "cpu p50": ("hybrid_cpu_p50_ms", 2),
    "cpu p95": ("hybrid_cpu_p95_ms", 2),
    "terms p95": ("lexical_p95_ms", 2),
    "long p95": ("long_p95_ms", 2),
    "recall": ("hybrid_recall", 3),
    "first": ("hybrid_first", 3),
}
_T = TypeVar("_T")


# --- in the measured process --------------------------------------------------


def _timed(function: Callable[[], _T]) -> tuple[_T, float]:
    started = time.perf_counter()
    found = function()
    return found, time.perf_counter() - started


def _read_exemplars(entries: Sequence[BankEntry]) -> int:
    """Each expert's exemplars, one expert at a time, and none kept; returns their characters."""
    return sum(len(text) for entry in entries if entry.manifest for text in entry.manifest.exemplars)


def measure(root: Path, cache: Path, *, deep: bool) -> dict[str, float]:
    """Scan as an engine's start does; memory is what this process has more than before (RSS, MiB)."""
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    entries, seconds = _timed(lambda: bank.scan(None, [root], cache))
    gc.collect()
    figures = {"scan_s": seconds, "rss_mb": (process.memory_info().rss - before) / _MIB}
    champions, seconds = _timed(lambda: bank.champions(entries))
    figures |= {"champions_ms": seconds * 1000, "champions": len(champions)}
    if deep:
        figures["exemplars_s"] = _timed(lambda: _read_exemplars(entries))[1]
    return figures


# --- in the process that asks -------------------------------------------------


def drop_cache(folder: Path) -> bool:
    """Let the system forget the contents of a folder's files; False where it does not offer that."""
    if not hasattr(os, "posix_fadvise"):
        return False
    os.sync()  # what is not written yet cannot be dropped
    for file in folder.rglob("*"):
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
    return True


def _child(root: Path, cache: Path, *, deep: bool) -> dict[str, float]:
    drop_cache(root.parent)
    command = [sys.executable, __file__, "--measure", str(root), str(cache), *(["--deep"] if deep else [])]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def bank_of(count: int, *, adapters: bool) -> dict[str, Any]:
    """All figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder, "experts"), Path(folder, "cache")
        _, made = _timed(lambda: synthetic_bank.make(root, count, adapters=adapters))
        time.sleep(_SETTLED_SECONDS)
        first = _child(root, cache, deep=False)
        second = _child(root, cache, deep=True)
        index = sum(file.stat().st_size for file in cache.iterdir())
        router = routed(root, cache)
    figures = {"experts": count, "made_s": made, "first": first, "second": second}
    return figures | {"index_kb": index / 1024, "router": router}


def routed(root: Path, cache: Path) -> dict[str, float]:
    """The router's figures: its first index, then a start with it on the disk, and decisions."""
    figures = scale_router.ask("build", root, cache)
    size = sum(file.stat().st_size for file in cache.rglob("*.npy"))
    drop_cache(root.parent)
    return figures | {"index_mb": size / _MIB} | scale_router.ask("decide", root, cache)


def _row(of: dict[str, Any]) -> str:
    first, second = of["first"], of["second"]
    cells = (
        str(of["experts"]),
        f"{of['made_s']:.1f}",
        f"{first['scan_s']:.3f}",
        f"{first['rss_mb']:.1f}",
        f"{second['scan_s']:.3f}",
        f"{second['rss_mb']:.1f}",
        f"{second['champions_ms']:.2f}",
        f"{second['exemplars_s']:.2f}",
        f"{of['index_kb']:.0f}",
    )
    return "  ".join(f"{cell:>13}" for cell in cells)


def _print_routers(banks: Sequence[dict[str, Any]]) -> None:
    print(f"\n{scale_router.NOTE}")
    print("  ".join(f"{name:>11}" for name in ("experts", *_ROUTER)))
    for of in banks:
        cells = (f"{of['router'].get(name, float('nan')):.{digits}f}" for name, digits in _ROUTER.values())
        print("  ".join(f"{cell:>11}" for cell in (of["experts"], *cells)))


def main() -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--adapters", action="store_true", help="link nano's adapters beside the manifests")
    parser.add_argument("--json-out", type=Path)
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--deep", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.measure:
        print(json.dumps(measure(*told.measure, deep=told.deep)))
        return
    if not hasattr(os, "posix_fadvise"):
        print("the disk cache stays warm: this system does not let a program drop it")
    print("  ".join(f"{column:>13}" for column in _COLUMNS))
    found = []
    for count in told.counts:
        found.append(bank_of(count, adapters=told.adapters))
        print(_row(found[-1]), flush=True)
    _print_routers(found)
    if told.json_out:
        told.json_out.write_text(json.dumps({"schema": 1, "banks": found}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
