"""A report beside what the data folder keeps: its baseline's runs, and earlier benches of the same key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from vortex_tui.bench import baseline, history, kept
from vortex_tui.bench.baseline import Entry, Key
from vortex_tui.bench.history import Past
from vortex_tui.bench.report import BenchReport
from vortex_tui.bench.run import Benched


@dataclass(frozen=True, slots=True)
class Seen:
    """``entry`` is what would be kept as the baseline: None for a report from the disk.

    ``baseline`` is what may be compared with it, ``past`` the benches of its kind, the oldest first, itself
    among them; ``words`` is what is to be said of what was read.
    """

    report: BenchReport
    entry: Entry | None = None
    baseline: Entry | None = None
    past: tuple[Past, ...] = ()
    words: str = ""


def keep(data_dir: Path, benched: Benched) -> Seen:
    """Keep a bench and see it. Raises StorageError."""
    found = kept.keep(data_dir, benched)
    seen = Seen(benched.report, benched.entry, words=found.words())
    return _beside(data_dir, seen, found, benched.entry.key)


def last(data_dir: Path, profile: str, *, mock: bool) -> Seen | None:
    """The last bench of a profile; None where there is none. Raises StorageError."""
    report = kept.last(data_dir, profile, mock=mock)
    if report is None:
        return None
    found = history.read(history.path_in(data_dir))
    return _beside(data_dir, Seen(report, words=found.words()), found, found.key_of(report))


def as_baseline(data_dir: Path, seen: Seen) -> Seen:
    """Keep what was measured as the baseline of its key. Raises StorageError; ValueError for no entry."""
    if seen.entry is None:
        raise ValueError("a report from the disk is no baseline")
    baseline.update(baseline.path_in(data_dir), seen.entry)
    return replace(seen, baseline=seen.entry)


def _beside(data_dir: Path, seen: Seen, found: history.History, key: Key | None) -> Seen:
    if key is None:
        return seen
    known = baseline.read(baseline.path_in(data_dir)).find(key)
    return replace(seen, baseline=known, past=found.alike(key))
