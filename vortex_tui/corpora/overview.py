"""What corpora there are, and what one of them holds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vortex_tui.corpora import store
from vortex_tui.corpora.refusal import CorpusError, check_domain
from vortex_tui.corpora.report import lacking
from vortex_tui.corpora.splitting import SPLITS
from vortex_tui.errors import StorageError, UsageError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.evaluation.case import Split
from vortex_tui.evaluation.splits import CORPORA

_FIELDS = ("kind", "license", "source")


@dataclass(frozen=True, slots=True)
class Summary:
    """A domain in a list; ``problem`` is in words, and then nothing was counted."""

    domain: str
    holds: dict[Split, int]
    bytes: int
    problem: str = ""


def summaries(data_dir: Path) -> list[Summary]:
    """Every domain that has a corpus, by name. Raises StorageError where they cannot be listed."""
    try:
        folders = sorted(entry for entry in (data_dir / CORPORA).iterdir() if entry.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(
            "the corpora cannot be listed", found=error.strerror or str(error), expected="a folder to read"
        ) from error
    return [_summary(folder) for folder in folders if _is_domain(folder.name)]


def _is_domain(name: str) -> bool:
    try:
        check_domain(name)
    except UsageError:
        return False
    return True


def _summary(folder: Path) -> Summary:
    try:
        store.settle(folder)
        found = {split: store.rows(folder / f"{split}.jsonl") for split in SPLITS}
    except VortexError as error:
        return Summary(folder.name, dict.fromkeys(SPLITS, 0), 0, f"{error.message}: {error.found}")
    size = sum(len(store.read_bytes(folder / f"{split}.jsonl")) for split in SPLITS)
    return Summary(folder.name, {split: len(rows) for split, rows in found.items()}, size)


def contents(data_dir: Path, domain: str, samples: int = 3) -> dict[str, Any]:
    """What a domain holds: counts, provenance, ``samples`` examples of each split, what was left out.

    Raises UsageError for the name, CorpusError when there is none or a line is damaged, StorageError.
    """
    folder = store.folder_of(data_dir, domain)
    if not folder.is_dir():
        raise CorpusError(
            f"there is no corpus {one_line(domain)}",
            found=", ".join(one.domain for one in summaries(data_dir)) or "none at all",
            expected="a domain that something was ingested into",
            mend=f"vortex-tui ingest PATH --domain {one_line(domain)}",
        )
    store.settle(folder)
    rows = {split: store.rows(folder / f"{split}.jsonl") for split in SPLITS}
    holds = {split: len(found) for split, found in rows.items()}
    every = [row for found in rows.values() for row in found]
    return {
        "domain": domain,
        "folder": str(folder),
        "holds": holds,
        "clusters": {split: len({str(row.get("cluster", n)) for n, row in enumerate(found)})
                     for split, found in rows.items()},
        "provenance": {field: _counted(every, field) for field in _FIELDS},
        "samples": {split: _samples(found, samples) for split, found in rows.items()},
        "history": store.rows(folder / store.HISTORY),
        "notes": lacking(holds),
    }  # fmt: skip


def _counted(rows: Sequence[dict[str, Any]], field: str) -> dict[str, int]:
    """How many examples say what of ``field``, the most frequent first."""
    counted = Counter(str(row.get(field, "")) for row in rows)
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _samples(rows: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    # The same every time: who looks twice should not think that something changed.
    chosen = random.Random(0).sample(range(len(rows)), min(count, len(rows)))
    return [rows[at] for at in sorted(chosen)]
